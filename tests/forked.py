"""Processes of Jedlik that are forked from one that has loaded it already.

Starting Python and loading a server takes half a second of processor time, and the tests do so many
hundred times. Such a process behaves like `python -m jedlik`, in its own session, directory and
environment; tests of a process's very beginning (the environment that the system shows, for
example) start a fresh one.
"""

from __future__ import annotations

import functools
import gc
import multiprocessing
import os
import subprocess
import sys
import time
import types
from collections.abc import Mapping, Sequence
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

LOADED = [
    "jedlik.cli.serve",
    "jedlik.app.process",
    "jedlik.services.dynamodb.encryption.table_encryption",
    "jedlik.services.dynamodb.operations.items.put_item",
    "jedlik.services.dynamodb.operations.items.query",
    "jedlik.services.dynamodb.operations.tables.create_table",
    "jedlik.services.iam.authorization.authorizer",
    "jedlik.services.iam.operations.registry",
    "jedlik.gateway.query_protocol",
]
"""The modules that every server loads, and those that most need for their first requests, which
took each another tenth of a second. All others are loaded when used, as always.
`tests/house/test_start.py` checks that a fresh server loads none of the latter before a request."""


@functools.cache
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    variable = "PYTHONUTF8"  # only effective at Python's start
    before = os.environ.get(variable)
    os.environ[variable] = "1"
    try:
        forkserver.ensure_running()
    finally:
        os.environ.pop(variable)
        if before is not None:
            os.environ[variable] = before
    return context


class Forked:
    """One process, with the methods of `subprocess.Popen` that tests use."""

    def __init__(
        self,
        arguments: Sequence[str],
        variables: Mapping[str, str],
        directory: Path,
        stdout: Path,
        stderr: Path,
    ) -> None:
        context = _context()
        self._process: ForkServerProcess = context.Process(
            target=_run, args=(list(arguments), dict(variables), directory, stdout, stderr)
        )
        # Otherwise the child would load pytest's main module.
        main, sys.modules["__main__"] = sys.modules["__main__"], types.ModuleType("__main__")
        try:
            self._process.start()
        finally:
            sys.modules["__main__"] = main
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        """See `poll`."""
        return self.poll()

    def poll(self) -> int | None:
        """Its exit code, None while it runs; the negative number if a signal ended it."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return its exit code. Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired("jedlik", timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it exists."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it by SIGKILL."""
        self._process.kill()


def _run(
    arguments: list[str], variables: dict[str, str], directory: Path, stdout: Path, stderr: Path
) -> None:
    """The child's work."""
    gc.freeze()  # else each server's first collection copies all memory that it shares with others
    os.setsid()
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(variables)
    time.tzset()
    for path, number in ((stdout, 1), (stderr, 2)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
        os.dup2(file, number)
        os.close(file)
    sys.argv = ["jedlik", *arguments]
    from jedlik.cli import main  # noqa: PLC0415  this module is loaded in other processes too

    main(arguments)
