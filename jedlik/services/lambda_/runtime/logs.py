"""The lines that functions write: kept in a file per function, and copied to the server's log.

Lines have the service's form (START, the function's own, END, REPORT). A file that has grown to a
megabyte becomes `NAME.log.1`, replacing the previous one.
"""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from typing import Final

from jedlik.services.lambda_.model import LATEST, Function
from jedlik.services.lambda_.runtime.invocation import Invocation

_log = logging.getLogger(__name__)

MAX_FILE: Final = 1024 * 1024
TAIL: Final = 4 * 1024
"""Bytes of a log in Invoke's answer (API reference, Invoke, LogType)."""


def whole_log(function: Function, invocation: Invocation) -> bytes:
    """An invocation's log with the lines that the service adds."""
    own = invocation.log
    if own and not own.endswith(b"\n"):
        own += b"\n"
    milliseconds = invocation.seconds * 1000
    start = f"START RequestId: {invocation.request_id} Version: {LATEST}\n"
    end = (
        f"END RequestId: {invocation.request_id}\n"
        f"REPORT RequestId: {invocation.request_id}\tDuration: {milliseconds:.2f} ms\t"
        f"Billed Duration: {int(milliseconds) + 1} ms\tMemory Size: {function.memory_size} MB\n"
    )
    problem = f"{invocation.problem}\n" if invocation.error and not own else ""
    return start.encode() + own + problem.encode() + end.encode()


class FunctionLogs:
    """Keeps logs in `directory`/NAME.log. None: neither there nor in the server's log, since logs
    of encrypted data must not be written in plain text."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory

    def keep(self, function: Function, invocation: Invocation) -> bytes:
        """Keep an invocation's log; returns the whole log."""
        lines = whole_log(function, invocation)
        if self._directory is None:
            return lines
        if _log.isEnabledFor(logging.INFO):
            for line in lines.decode("utf-8", "replace").splitlines():
                _log.info("%s: %s", function.name, line)
        with contextlib.suppress(OSError):  # a full disk must not stop functions
            self._append(self._directory, f"{function.name}.log", lines)
        return lines

    def _append(self, directory: Path, name: str, lines: bytes) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = directory / name
        with path.open("ab") as file:
            file.write(lines)
            size = file.tell()
        if size >= MAX_FILE:
            path.replace(path.with_name(f"{path.name}.1"))
