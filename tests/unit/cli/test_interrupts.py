"""What SIGINT does, set and set back."""

import signal

import pytest

from jedlik.cli.interrupts import Interrupts


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


def test_another_action_stays():
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
