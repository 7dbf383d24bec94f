"""The limit on audit records of unknown senders: anyone can send requests with invalid signatures,
and they must not fill the disk with the data."""

from __future__ import annotations

from typing import Final

MAX_RECORDS_A_MINUTE: Final = 200
"""Records of one process, of about a kilobyte each: a quarter of a gigabyte a day."""
_MINUTE: Final = 60.0


class UnknownSenders:
    """Counts records of calls by unknown senders."""

    def __init__(self) -> None:
        self._minute = 0.0
        self._written = 0
        self._left_out = 0

    def admit(self, now: float) -> bool:
        """Whether another record may be written at `now`, in seconds since the epoch."""
        minute = now // _MINUTE
        if minute != self._minute:
            self._minute, self._written = minute, 0
        if self._written >= MAX_RECORDS_A_MINUTE:
            self._left_out += 1
            return False
        self._written += 1
        return True

    def left_out(self) -> int:
        """How many records were not written since the last call."""
        left_out, self._left_out = self._left_out, 0
        return left_out
