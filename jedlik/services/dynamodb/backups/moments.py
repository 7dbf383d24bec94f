"""A moment in a table's log, fixed in a commit: later commits have later times.

The times of a log come from many clocks, and a write under way has the time of its beginning. So a
moment is not just read from a clock: a commit raises the last change of every shard to it. Earlier
commits have earlier times already, and all that follow will have later ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from jedlik.services.dynamodb.recording.change_records import LAST, last_change
from jedlik.storage.engine import Value

MICROSECONDS = 1_000_000


class Moment(NamedTuple):
    """A moment in microseconds since the epoch, and the puts that fix it."""

    time: int
    puts: dict[bytes, Value]


def this_moment(keys: Sequence[bytes], values: Sequence[Value], now: float) -> Moment:
    """The moment of a commit that read the last changes of a log; `now` is the clock's time."""
    last = [last_change(value) for value in values]
    time = max((round(now * MICROSECONDS), *(time for time, _ in last)))
    return _fixed(time, keys, last)


def past_moment(keys: Sequence[bytes], values: Sequence[Value], moment: float) -> Moment:
    """A moment that has passed, in seconds."""
    return _fixed(round(moment * MICROSECONDS), keys, [last_change(value) for value in values])


def _fixed(time: int, keys: Sequence[bytes], last: Sequence[tuple[int, int]]) -> Moment:
    raised = {
        key: LAST.pack(max(time, before), size)
        for key, (before, size) in zip(keys, last, strict=True)
    }
    return Moment(time, dict(raised))
