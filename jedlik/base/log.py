"""The log: lines on standard error, with time (UTC), level and process."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

LEVELS: Final = ("debug", "info", "warning", "error")

SELDOM: Final = {"seldom": True}
"""Given as `extra` with what every request may have to say (a full disk, say): it is written once a
second at most, and how often it was left out."""

_PAUSE: Final = 1.0


class Seldom(logging.Filter):
    """Lets what is logged with SELDOM pass once a second for each text."""

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._timer = timer
        self._seen: dict[str, tuple[float, int]] = {}
        """By text, before its arguments are put in: when it was let pass, how often not since."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is to be written."""
        if not getattr(record, "seldom", False):
            return True
        text, now = str(record.msg), self._timer()
        passed, left_out = self._seen.get(text, (-_PAUSE, 0))
        if now - passed < _PAUSE:
            self._seen[text] = passed, left_out + 1
            return False
        self._seen[text] = now, 0
        if left_out:
            record.msg = f"{text} ({left_out} more like it were left out)"
        return True


def configure(level: str) -> None:
    """Write what is at least of `level` (one of LEVELS) to standard error."""
    formatter = logging.Formatter(
        "%(asctime)s.%(msecs)03dZ %(levelname)-7s %(process)d %(name)s: %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S",
    )
    formatter.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    handler.addFilter(Seldom())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # The loop's notices of slow callbacks and the like are about us, not for whoever runs us.
    logging.getLogger("asyncio").setLevel(max(root.level, logging.WARNING))
