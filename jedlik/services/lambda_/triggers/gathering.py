"""Which records are delivered together.

Records are read in order from a position on. Those that match no filter are skipped: they only move
the position. A gathering is complete when it has all records of one round, when their bytes fill an
event, when the batching window has passed since the first of them, or when the shard has ended.
Without a window it is complete as soon as there are no more records.

With a parallelization factor, a round has that many batches, and records are assigned to lanes by
their item's key: so the records of one item stay in order, in one lane.

Filters with many tests may take seconds for a large item. So pages that could take longer than a
few milliseconds are filtered in a thread, while requests are answered.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from zlib import crc32

import orjson

from jedlik.services.dynamodb.recording.stream_records import number_of, sequence_number, time_of
from jedlik.services.dynamodb.streams.reading import RecordPage
from jedlik.services.lambda_.event_patterns import Matcher, compile_pattern
from jedlik.services.lambda_.mapping_model import EventSourceMapping

MAX_EVENT: Final = 6 * 1024 * 1024
"""Bytes of an event (Lambda quotas: "Invocation payload", synchronous)."""

_ENVELOPE: Final = len(b'{"Records":[]}')
_AT_ONCE: Final = 2_000_000
"""Bytes of filters times bytes of a page up to which it is read without a thread: some three
milliseconds if both consist of the smallest tests and values."""
_THREADS: Final = 4
"""Only for filters, so that those of a few mappings delay nothing else."""


@functools.cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, "filters")


class Record(NamedTuple):
    """A record to deliver: its number, when it was written, its lane and its JSON."""

    number: int
    time: float
    lane: int
    json: bytes

    @property
    def sequence_number(self) -> str:
        """The number in wire form."""
        return sequence_number(self.number)


class MatchEnded(Exception):
    """The records are no longer needed."""


class _Filters:
    """A mapping's filters, while one page is read; `end` stops that, from any thread."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._ended = False
        self._matchers: list[Matcher] = [compile_pattern(each, self._check) for each in patterns]

    def want(self, event: dict[str, Any]) -> bool:
        """Whether an event matches a filter, or there are no filters. Raises MatchEnded."""
        self._check()
        return not self._matchers or any(matches(event) for matches in self._matchers)

    def end(self) -> None:
        """Have `want` raise MatchEnded, at the latest after a few milliseconds."""
        self._ended = True

    def _check(self) -> None:
        if self._ended:
            raise MatchEnded


class Reading:
    """Turns pages into a mapping's records, one page after the other."""

    def __init__(self, mapping: EventSourceMapping) -> None:
        self._filters = _Filters(mapping.filters)
        self._parses = bool(mapping.filters) or mapping.parallelization_factor > 1
        self._cost = sum(map(len, mapping.filters))
        self._lanes = mapping.parallelization_factor
        self._tail = b',"eventSourceARN":' + orjson.dumps(mapping.stream_arn) + b"}"

    async def records(self, page: RecordPage) -> list[Record]:
        """The records of a page that match a filter; all of them without filters. Not to be called
        again after it was cancelled."""
        if self._cost * sum(len(value) for _, value in page.rows) <= _AT_ONCE:
            return list(self._wanted(page))
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(_threads(), lambda: list(self._wanted(page)))
        except asyncio.CancelledError:
            self._filters.end()
            raise

    def _wanted(self, page: RecordPage) -> Iterator[Record]:
        for row in page.rows:
            json = page.form.json(row)[:-1] + self._tail
            lane = 0
            if self._parses:
                event = orjson.loads(json)
                if not self._filters.want(event):
                    continue
                if self._lanes > 1:
                    lane = _lane_of(event["dynamodb"]["Keys"], self._lanes)
            yield Record(number_of(row), time_of(row), lane, json)


def _lane_of(keys: dict[str, Any], lanes: int) -> int:
    return crc32(orjson.dumps(keys, option=orjson.OPT_SORT_KEYS)) % lanes


def event_of(records: Sequence[Record]) -> bytes:
    """The event for a function."""
    return b'{"Records":[' + b",".join(record.json for record in records) + b"]}"


def batches(records: Sequence[Record], size: int, most: int = MAX_EVENT) -> Iterator[list[Record]]:
    """Records in batches of at most `size`, whose events have at most `most` bytes.

    A larger record is a batch by itself.
    """
    batch: list[Record] = []
    total = _ENVELOPE
    for record in records:
        if batch and (len(batch) >= size or total + len(record.json) + 1 > most):
            yield batch
            batch, total = [], _ENVELOPE
        batch.append(record)
        total += len(record.json) + 1
    if batch:
        yield batch


@dataclass(slots=True)
class Gathering:
    """Records gathered for one round.

    `position` is after the last read record; `ended`: there are no records after it.
    """

    mapping: EventSourceMapping
    position: int
    records: list[Record] = field(default_factory=list)
    bytes: int = 0
    since: float = 0.0
    ended: bool = False

    @property
    def most(self) -> int:
        """Records of a round."""
        return self.mapping.batch_size * self.mapping.parallelization_factor

    def add(self, records: Iterable[Record], now: float) -> None:
        """Add records that were read at `now`."""
        for record in records:
            if not self.records:
                self.since = now
            self.records.append(record)
            self.bytes += len(record.json)

    def is_complete(self, now: float, more: bool) -> bool:
        """Whether to deliver now; `more`: further records can be read immediately."""
        if self.ended or len(self.records) >= self.most or self.bytes >= MAX_EVENT:
            return True
        if not self.records or more:
            return False
        return now - self.since >= self.mapping.batching_window

    def lanes(self) -> list[list[Record]]:
        """The records by lane, each in order; without empty lanes."""
        lanes: dict[int, list[Record]] = {}
        for record in self.records:
            lanes.setdefault(record.lane, []).append(record)
        return list(lanes.values())
