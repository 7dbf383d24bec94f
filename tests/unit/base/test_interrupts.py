"""Ctrl+C while a command is loaded ends the process, and afterwards interrupts the command."""

import signal
import subprocess
import sys

import pytest

from jedlik.base.interrupts import Interrupts
from jedlik.cli import exits

LOADING = """
import importlib.abc, os, signal, sys

class Interrupting(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "orjson":  # loaded by the module of the command, not by that of the group
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
from jedlik.cli import main
main(["serve", "--memory", "--port", "0"])
"""

RUNNING = """
import os, signal, time
import jedlik.cli.version
from jedlik.cli import main

def interrupted():
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(10)

jedlik.cli.version.version.callback = interrupted
main(["version"])
"""

IGNORED = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)  # as nohup and shells do for jobs in the background
from jedlik.cli import main
try:
    main(["version"])
finally:
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
"""


@pytest.fixture(autouse=True)
def unchanged():
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def test_python_own_action_is_replaced_and_set_back():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    interrupts = Interrupts()
    interrupts.end_the_process()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
    interrupts.raise_exceptions()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_inherited_action_is_kept():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    interrupts = Interrupts()
    interrupts.end_the_process()
    interrupts.raise_exceptions()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_what_was_set_later_stays():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    interrupts = Interrupts()
    interrupts.raise_exceptions()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def run(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)


def test_while_modules_are_loaded_it_ends_the_process_silently():
    done = run(LOADING)
    assert done.returncode == -signal.SIGINT
    assert done.stdout + done.stderr == ""


def test_a_command_that_runs_is_interrupted():
    assert run(RUNNING).returncode == exits.INTERRUPTED


def test_where_it_is_ignored_that_stays_so():
    done = run(IGNORED)
    assert (done.returncode, done.stderr) == (0, "")
