"""Load over HTTP at a fixed rate, by a program in C (http_load.c)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import programs


class Times(NamedTuple):
    """Answers a second, and how long they took in milliseconds."""

    rate: float
    p50: float
    p99: float
    p999: float
    longest: float
    failed: int
    """Requests without an answer, or with one whose status was not 200."""


class HttpLoad:
    """The program, made in a directory."""

    def __init__(self, place: Path) -> None:
        program = programs.compiled("http_load", place)
        if program is None:
            sys.exit(programs.MISSING)
        self._program = program
        self._once = place / "once"

    def drive(
        self, port: int, requests: Path, seconds: float, rate: float = 0.0, connections: int = 32
    ) -> Times:
        """One turn: `rate` requests a second, or with 0 as many as there can be."""
        command = (self._program, port, connections, seconds, rate, requests)
        out = subprocess.run(
            [str(each) for each in command], stdout=subprocess.PIPE, text=True, check=True
        ).stdout
        reached, p50, p99, p999, longest, failed = map(float, out.split())
        return Times(reached, p50 / 1000, p99 / 1000, p999 / 1000, longest / 1000, int(failed))

    def send(self, port: int, requests: Iterable[bytes], connections: int) -> Times:
        """Send each of some requests once, as fast as they are answered."""
        count = programs.write_requests(self._once, requests)
        # At a rate that is not to be reached.
        sent = self.drive(port, self._once, 1, count, connections)
        assert not sent.failed, sent
        return sent
