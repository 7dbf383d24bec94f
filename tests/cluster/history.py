"""What clients saw, and whether a single database could have shown it to them.

Every write of a register adds one to its number, sets the writer's mark, and returns the new
number. So the numbers tell the order in which the database claims to have done the writes, and
linearizability can be checked without a search: no two writes get the same number, and an operation
that begins after another one has ended gets a greater number (a read: at least as great). A write
without an answer may have been done, once; so there must not be more unreported numbers than such
writes.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

UNKNOWN = -1


class Event(NamedTuple):
    """A read or a write of the register `key`, between two moments of one clock.

    `number` is the answer (UNKNOWN: there was no answer), `mark` the writer's mark or the one that
    was read.
    """

    key: int
    is_write: bool
    begin: float
    end: float
    number: int
    mark: str


def problems(events: Iterable[Event], final: dict[int, int]) -> list[str]:
    """Everything that no single database could have shown; `final` are the numbers at the end."""
    by_key: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        by_key[event.key].append(event)
    found: list[str] = []
    for key, of_key in sorted(by_key.items()):
        found += [f"register {key}: {problem}" for problem in _of_register(of_key, final[key])]
    return found


def _of_register(events: list[Event], final: int) -> list[str]:
    found: list[str] = []
    answered = [event for event in events if event.number != UNKNOWN]
    lost = {event.mark: event for event in events if event.is_write and event.number == UNKNOWN}
    writers: dict[int, Event] = {}
    for event in answered:
        if event.is_write:
            if event.number in writers:
                found.append(f"two writes made {event.number}")
            writers[event.number] = event
            if event.number > final:
                found.append(f"an acknowledged write is lost: {event.number} of {final}")
    untold = final - sum(number <= final for number in writers)
    if untold > len(lost):
        found.append(f"{untold} writes happened that nobody made, at most {len(lost)} were open")
    for event in answered:
        if event.is_write or event.number == 0:
            continue
        writer = writers.get(event.number) or lost.get(event.mark)
        if writer is None or writer.mark != event.mark or writer.begin > event.end:
            found.append(f"a read saw {event.number} by {event.mark}, which was never written")
    return found + _out_of_order(answered)


def _out_of_order(answered: list[Event]) -> list[str]:
    """Operations that got a smaller number than the register had before they began."""
    found = []
    running: list[tuple[float, int]] = []
    greatest = 0
    for event in sorted(answered, key=lambda event: event.begin):
        while running and running[0][0] < event.begin:
            greatest = max(greatest, heapq.heappop(running)[1])
        if event.number < greatest + event.is_write:
            kind = "write" if event.is_write else "read"
            found.append(f"a {kind} got {event.number} after {greatest} had been told")
        heapq.heappush(running, (event.end, event.number))
    return found
