"""An open stream as writes use it, and the records that they leave in it.

A record is written in the commit of the write that it describes, so there is exactly one for every
committed change. A shard's numbers have no gaps and are in the order of the commits. The bytes of a
record are drawn in `stream_records`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, MutableMapping, Sequence
from typing import Final

from jedlik.kernel.keyspaces import (
    INDEX_PREFIX_SIZE,
    NUMBER_SIZE,
    record_number_key,
    records_prefix,
)
from jedlik.services.dynamodb.recording.stream_records import (
    BY_SERVICE,
    FINE_TIME,
    FINE_TIME_SIZE,
    HAD_OLD,
    HAS_NEW,
    HEAD,
    KEYS_ALONE,
)
from jedlik.services.dynamodb.tables.stream import (
    KEYS_ONLY,
    NEW_AND_OLD_IMAGES,
    NEW_IMAGE,
    OLD_IMAGE,
    Shard,
    Stream,
)
from jedlik.storage.engine import Value
from jedlik.values.image import Image, same_item
from jedlik.values.sizes import item_size
from jedlik.values.stored import encode

_HASH_AT: Final = INDEX_PREFIX_SIZE
_HASH_END: Final = INDEX_PREFIX_SIZE + NUMBER_SIZE
_IMAGES: Final = {
    KEYS_ONLY: (False, False),
    NEW_IMAGE: (True, False),
    OLD_IMAGE: (False, True),
    NEW_AND_OLD_IMAGES: (True, True),
}
"""Whether a view has the new image, and the old one."""


class OpenShard:
    """A shard that takes records."""

    __slots__ = ("number_key", "records_prefix", "start")

    def __init__(self, stream: Stream, shard: Shard) -> None:
        self.number_key = record_number_key(stream.id, shard.number)
        self.records_prefix = records_prefix(stream.id, shard.number)
        self.start = shard.start


class OpenStream:
    """A stream that takes records: its open shards, and what its records keep."""

    __slots__ = ("_key_names", "_lows", "_new", "_old", "model", "shards")

    def __init__(self, model: Stream) -> None:
        self.model = model
        by_range = sorted(model.open_shards, key=lambda shard: shard.low)
        self.shards = tuple(OpenShard(model, shard) for shard in by_range)
        self._lows = [shard.low.to_bytes(NUMBER_SIZE, "big") for shard in by_range]
        self._key_names = model.schema.names
        self._new, self._old = _IMAGES[model.view_type]

    def shard_of(self, item_key: bytes) -> OpenShard:
        """The shard of an item, by the item's key in the store."""
        return self.shards[bisect_right(self._lows, item_key[_HASH_AT:_HASH_END]) - 1]

    def record(
        self, microseconds: int, old: Image | None, new: Image | None, *, by_service: bool
    ) -> bytes:
        """The stored record of `old` becoming `new` at a time since the epoch; at most one of them
        is None."""
        flags = BY_SERVICE if by_service else 0
        new_stored = old_stored = b""
        if old is not None:
            flags |= HAD_OLD
            if self._old:
                old_stored = old.stored
        if new is not None:
            flags |= HAS_NEW
            if self._new:
                new_stored = new.stored
        if not (new_stored or old_stored):
            flags |= KEYS_ALONE
            old_stored = self._keys_of(new or old)
        milliseconds, beyond = divmod(microseconds, 1000)
        fine = b""
        if self.model.internal:
            flags |= FINE_TIME
            fine = beyond.to_bytes(FINE_TIME_SIZE, "big")
        return HEAD.pack(milliseconds, flags, len(new_stored)) + new_stored + old_stored + fine

    def _keys_of(self, image: Image | None) -> bytes:
        assert image is not None, "a record is of an item"
        item = image.item
        keys = {name: item[name] for name in self._key_names}
        return encode(keys, item_size(keys))


class Recorder:
    """The records of one run of a task, with the next numbers of their shards."""

    __slots__ = ("_changes", "_last", "_microseconds")

    def __init__(
        self,
        shards: Collection[OpenShard],
        values: Sequence[Value],
        microseconds: int,
        changes: MutableMapping[bytes, Value],
    ) -> None:
        """`values` are those of the shards' number keys; records are added to `changes`.

        `microseconds` is the time of the records, since the epoch.
        """
        self._last = dict(zip(shards, values, strict=True))
        self._microseconds = microseconds
        self._changes = changes

    def add(
        self,
        streams: Sequence[OpenStream],
        item_key: bytes,
        old: Image | None,
        new: Image | None,
        *,
        by_service: bool,
    ) -> None:
        """Record in all streams of a table that the item under `item_key` changed from `old` to
        `new`, if these differ."""
        if old is not None and new is not None and same_item(old, new):
            return
        for stream in streams:
            shard = stream.shard_of(item_key)
            last = self._last[shard]
            number = (shard.start if last is None else int.from_bytes(last, "big")) + 1
            stored_number = number.to_bytes(NUMBER_SIZE, "big")
            self._last[shard] = self._changes[shard.number_key] = stored_number
            self._changes[shard.records_prefix + stored_number] = stream.record(
                self._microseconds, old, new, by_service=by_service
            )


assert sorted(_IMAGES) == sorted((KEYS_ONLY, NEW_AND_OLD_IMAGES, NEW_IMAGE, OLD_IMAGE))
