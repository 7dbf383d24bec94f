"""The log: lines on standard error, with time (UTC), level and process, each of bounded length."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

LEVELS: Final = ("debug", "info", "warning", "error")

RATE_LIMITED: Final = {"rate_limited": True}
"""The `extra` of messages that every request might cause, such as a full disk: each is written at
most once a second, then ever more rarely while it goes on, with the number of omitted ones."""

_SHORTEST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0
"""Seconds between lines of the same text. What loops report once a second, for as long as a disk is
full, would otherwise be 86,400 lines a day, often on that very disk."""

MAX_MESSAGE_LENGTH: Final = 2_000
MAX_TRACEBACK_LENGTH: Final = 16_000
"""Characters of a line, and of a traceback. They may quote text of any length, such as a function's
error."""

_CONTROLS: Final = {
    each: repr(chr(each))[1:-1]
    for each in (*range(32), *range(127, 160), *range(0x2028, 0x202F), *range(0x2066, 0x206A))
}
"""Control characters, separators of lines and directions of writing are shown as escapes, so that
quoted text cannot begin a new line, and no terminal obeys it."""
_CONTROLS_IN_LINES: Final = {each: shown for each, shown in _CONTROLS.items() if each != ord("\n")}


class OneLine(logging.Formatter):
    """Each message as one line of bounded length; a traceback's lines follow it."""

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s.%(msecs)03dZ %(levelname)-7s %(process)d %(name)s: %(message)s",
            datefmt="%Y-%m-%dT%H:%M:%S",
        )
        self.converter = time.gmtime

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        """The line; `record.message` is its text."""
        record.message = _cut(record.message, MAX_MESSAGE_LENGTH).translate(_CONTROLS)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 (logging's name)
        """A traceback. If it is cut, its end (the error) and its beginning (the place) are kept."""
        text = super().formatException(ei).translate(_CONTROLS_IN_LINES)
        if len(text) <= MAX_TRACEBACK_LENGTH:
            return text
        half = MAX_TRACEBACK_LENGTH // 2
        left_out = len(text) - 2 * half
        return f"{text[:half]}\n... ({left_out} characters left out) ...\n{text[-half:]}"


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    return f"{text[:longest]}... ({len(text) - longest} more characters)"


class RateLimit(logging.Filter):
    """Passes each text logged with RATE_LIMITED once, and again after pauses that double up to a
    minute. A text that has been silent for two minutes begins again."""

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._timer = timer
        self._seen: dict[str, _Passed] = {}
        """By text before formatting."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is to be written."""
        if not getattr(record, "rate_limited", False):
            return True
        text, now = str(record.msg), self._timer()
        passed = self._seen.get(text)
        if passed is None or now - passed.at > 2 * _LONGEST_PAUSE:
            self._seen[text] = _Passed(now, _SHORTEST_PAUSE)
        elif now - passed.at < passed.pause:
            passed.left_out += 1
            return False
        else:
            self._seen[text] = _Passed(now, min(2 * passed.pause, _LONGEST_PAUSE))
        if passed is not None and passed.left_out:
            record.msg = f"{text} ({passed.left_out} more like it were left out)"
        return True


@dataclass(slots=True)
class _Passed:
    """When a text last passed, for how long it then has to pause, and how often it was left out."""

    at: float
    pause: float
    left_out: int = 0


def configure(level: str) -> None:
    """Write messages of at least `level` (one of LEVELS) to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine())
    handler.addFilter(RateLimit())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Asyncio's warnings, such as those about slow callbacks, are for developers, not for operators.
    logging.getLogger("asyncio").setLevel(max(root.level, logging.WARNING))
