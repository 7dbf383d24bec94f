"""The ring of a vector index's latest changes."""

from __future__ import annotations

from jedlik.services.dynamodb.recording import vector_log
from jedlik.services.dynamodb.recording.vector_log import (
    CHANGES,
    LOG_SHARDS,
    VectorLog,
    VectorLogger,
    changed_entry,
    is_kept,
    position_of,
)
from jedlik.storage.engine import Value

LOG = VectorLog(7, 9)


def entry_key(shard: int, rest: bytes = b"") -> bytes:
    """Of an item whose hash puts it into a shard."""
    return b"p" * 9 + b"h" * 16 + bytes((shard,)) + b"i" * 15 + rest


def item_key(shard: int) -> bytes:
    return b"p" * 9 + bytes((shard,)) + b"i" * 15


def test_changes_of_a_shard_are_numbered_without_gaps() -> None:
    read = dict.fromkeys(LOG.number_keys)
    store: dict[bytes, Value] = {}
    logger = VectorLogger(read, store)
    for shard in (1, 1, 2, 1):
        logger.add(LOG, entry_key(shard, b"sort"))
    later = VectorLogger({key: store.get(key) for key in LOG.number_keys}, store)
    later.add(LOG, entry_key(1, b"again"))
    last = position_of([store.get(key) for key in LOG.number_keys])
    assert last == (0, 4, 1, 0)
    found = [changed_entry(number, store[key]) for number, key in LOG.row_keys((0, 2, 0, 0), last)]
    assert found == [
        entry_key(1, b"sort")[9:],
        entry_key(1, b"again")[9:],
        entry_key(2, b"sort")[9:],
    ]


def test_an_item_and_its_entries_are_in_one_shard() -> None:
    for shard in range(2 * LOG_SHARDS):
        store: dict[bytes, Value] = {}
        VectorLogger(dict.fromkeys(LOG.number_keys), store).add(LOG, entry_key(shard))
        assert LOG.number_key(item_key(shard)) in store


def test_a_later_change_takes_the_place_of_the_one_that_many_before() -> None:
    key = LOG.row_key(0, 5)
    assert key == LOG.row_key(0, 5 + CHANGES) != LOG.row_key(0, 6)
    later = (5 + CHANGES).to_bytes(8, "big") + b"entry"
    assert changed_entry(5, later) is changed_entry(5, None) is None
    assert changed_entry(5 + CHANGES, later) == b"entry"


def test_what_is_kept() -> None:
    assert is_kept((5, 0), (5 + CHANGES, CHANGES))
    assert not is_kept((5, 0), (5, CHANGES + 1))
    assert vector_log.CHANGES * LOG_SHARDS >= 60 * 2000, "a minute of 2,000 writes a second"
