"""The traffic for `jedlik model check`: a request log's file, or a running server."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from jedlik.cli import exits
from jedlik.cli.admin_listener import AdminListener

_WAIT: Final = 5
_PAUSE: Final = 0.1
"""Between two polls while there are requests, so that a busy server is not asked for each one."""


class LogFile:
    """The entries of a file that `--log-requests json` wrote. Other lines are skipped: standard
    error has more than requests."""

    missed = 0

    def __init__(self, file: Path) -> None:
        self._file = file

    def __iter__(self) -> Iterator[dict[str, Any]]:
        found = False
        with self._file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                members = _members(line)
                if members is not None:
                    found = True
                    yield members
        if not found:
            raise exits.Failure(
                f"{self._file} has no line of `jedlik serve --log-requests json`", exits.USAGE
            )


def _members(line: str) -> dict[str, Any] | None:
    try:
        members = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return members if isinstance(members, dict) and "operation" in members else None


class Followed:
    """The entries of a running server for some seconds. `missed` counts those that were lost
    between two polls, since the server keeps only the last thousand."""

    def __init__(self, listener: AdminListener, seconds: int) -> None:
        self._listener = listener
        self._seconds = seconds
        self.missed = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        last = self._listener.ask("GET", "/requests", seconds=_WAIT)["last"]
        end = time.monotonic() + self._seconds
        while (left := end - time.monotonic()) > 0:
            wait = max(1, min(_WAIT, int(left)))
            target = f"/requests?after={last}&wait={wait}"
            answer = self._listener.ask("GET", target, seconds=wait + 10)
            self.missed += answer["last"] - last - len(answer["requests"])
            last = answer["last"]
            yield from answer["requests"]
            time.sleep(_PAUSE)
