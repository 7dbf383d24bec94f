"""Which records may be sent together.

A call takes many records and may fail for some of them, which are then sent again. So that the
changes of an item arrive in their order nevertheless, no call has two of one item: the first call
has the first change of each item, the next one the second changes, and so on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from jedlik.services.dynamodb.kinesis.records import KinesisRecord

MAX_RECORDS: Final = 500
MAX_BYTES: Final = 5 * 1024 * 1024
"""The most in one PutRecords call (API reference of Kinesis Data Streams)."""
MAX_RECORD_BYTES: Final = 1024 * 1024
"""The largest record, with its partition key, that a stream accepts."""


def fits(record: KinesisRecord) -> bool:
    """Whether a stream accepts a record of that size."""
    return _size(record) <= MAX_RECORD_BYTES


def batches(records: Sequence[KinesisRecord]) -> Iterator[list[KinesisRecord]]:
    """The records in the order in which they may be sent, each list in one call."""
    waves: list[list[KinesisRecord]] = []
    seen: dict[str, int] = {}
    for record in records:
        turn = seen.get(record.partition_key, 0)
        seen[record.partition_key] = turn + 1
        if turn == len(waves):
            waves.append([])
        waves[turn].append(record)
    for wave in waves:
        yield from _calls(wave)


def _calls(wave: list[KinesisRecord]) -> Iterator[list[KinesisRecord]]:
    batch: list[KinesisRecord] = []
    size = 0
    for record in wave:
        added = _size(record)
        if batch and (len(batch) == MAX_RECORDS or size + added > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += added
    yield batch


def _size(record: KinesisRecord) -> int:
    return len(record.data) + len(record.partition_key)
