"""An open stream as writes use it, and the records that they leave in it.

A record is written in the commit of the write that it describes: there is one for every change that
was committed, and none for any other. A shard's numbers follow one another without a gap, in the
order of the commits. Most of a record's bytes are the same for a whole shard or are an image's
stored bytes as they are, so a record costs no more than joining them.

A record as it is stored:

    offset 0  8 bytes  when it was written: milliseconds since the epoch, big-endian
           8  n bytes  the record's JSON as GetRecords answers it (API reference, "Record")

Sequence numbers on the wire are decimal and of 21 digits: 10**20 plus the record's number.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, MutableMapping, Sequence
from hashlib import blake2b
from typing import Final

import orjson

from jedlik.database.image import Image
from jedlik.database.keyspaces import (
    INDEX_PREFIX_SIZE,
    NUMBER_SIZE,
    TIME_SIZE,
    record_number_key,
    records_prefix,
)
from jedlik.model.stream import (
    KEYS_ONLY,
    NEW_AND_OLD_IMAGES,
    NEW_IMAGE,
    OLD_IMAGE,
    Shard,
    Stream,
)
from jedlik.storage.engine import Value
from jedlik.values.attribute import Item
from jedlik.values.compare import equal
from jedlik.values.sizes import item_size
from jedlik.values.stored import size_of, wire

FIRST_SEQUENCE_NUMBER: Final = 10**20
EVENT_VERSION: Final = "1.1"

_HASH_AT: Final = INDEX_PREFIX_SIZE
_HASH_END: Final = INDEX_PREFIX_SIZE + NUMBER_SIZE
_SET: Final = b'S":['
"""Stored bytes without this have no set in them."""

_IMAGES: Final = {
    KEYS_ONLY: (False, False),
    NEW_IMAGE: (True, False),
    OLD_IMAGE: (False, True),
    NEW_AND_OLD_IMAGES: (True, True),
}
"""Whether a view has the new image, and the old one."""

_BY_SERVICE: Final = b',"userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"}}'
"""How the record of an expired item's deletion ends."""


def sequence_number(number: int) -> str:
    """A record's number as it is on the wire."""
    return str(FIRST_SEQUENCE_NUMBER + number)


class OpenShard:
    """A shard that takes records."""

    __slots__ = ("head", "model", "number_key", "records_prefix")

    def __init__(self, stream: Stream, shard: Shard) -> None:
        self.model = shard
        self.number_key = record_number_key(stream.id, shard.number)
        self.records_prefix = records_prefix(stream.id, shard.number)
        # With the record's number behind it, an id that no other event has.
        salt = blake2b(f"{stream.uuid}/{shard.number}".encode(), digest_size=8)
        self.head = b'{"eventID":"' + salt.hexdigest().encode()


class OpenStream:
    """A stream that takes records: its open shards, and how its records look."""

    __slots__ = ("_key_names", "_lows", "_new", "_old", "_tail", "model", "shards")

    def __init__(self, model: Stream) -> None:
        self.model = model
        self.shards = tuple(OpenShard(model, shard) for shard in model.open_shards)
        self._lows = [shard.model.low.to_bytes(NUMBER_SIZE, "big") for shard in self.shards]
        self._key_names = model.schema.names
        self._new, self._old = _IMAGES[model.view_type]
        self._tail = f',"StreamViewType":"{model.view_type}"}}'.encode()

    def shard_of(self, item_key: bytes) -> OpenShard:
        """The shard of an item, by the item's key in the store."""
        return self.shards[bisect_right(self._lows, item_key[_HASH_AT:_HASH_END]) - 1]

    def record(
        self,
        shard: OpenShard,
        number: int,
        moment: Moment,
        old: Image | None,
        new: Image | None,
        *,
        by_service: bool,
    ) -> bytes:
        """The stored record of `old` becoming `new`; one of them is there."""
        image = new or old
        assert image is not None, "a record is of an item"
        item = image.item
        keys = {name: item[name] for name in self._key_names}
        size = item_size(keys)
        name = b"INSERT" if old is None else b"REMOVE" if new is None else b"MODIFY"
        images = b""
        if self._new and new is not None:
            images = b',"NewImage":' + wire(new.stored)
            size += size_of(new.stored)
        if self._old and old is not None:
            images += b',"OldImage":' + wire(old.stored)
            size += size_of(old.stored)
        return b'%b%b%016x","eventName":"%b%b%b%b,"SequenceNumber":"%d","SizeBytes":%d%b%b' % (
            moment.stored,
            shard.head,
            number,
            name,
            moment.head,
            orjson.dumps(keys),
            images,
            FIRST_SEQUENCE_NUMBER + number,
            size,
            self._tail,
            _BY_SERVICE if by_service else b"}",
        )


class Moment:
    """When and where a task writes its records: what all of them have in common."""

    __slots__ = ("head", "stored")

    def __init__(self, now: float, region: str) -> None:
        self.stored = int(now * 1000).to_bytes(TIME_SIZE, "big")
        self.head = (
            f'","eventVersion":"{EVENT_VERSION}","eventSource":"aws:dynamodb",'
            f'"awsRegion":"{region}","dynamodb":{{"ApproximateCreationDateTime":{int(now)},"Keys":'
        ).encode()


class Recorder:
    """The records of one run of a task, numbered on from where its shards are."""

    __slots__ = ("_changes", "_last", "_moment")

    def __init__(
        self,
        shards: Sequence[OpenShard],
        values: Sequence[Value],
        moment: Moment,
        changes: MutableMapping[bytes, Value],
    ) -> None:
        """`values` are those of the shards' number keys; records are added to `changes`."""
        self._last = dict(map(last_number, shards, values))
        self._moment = moment
        self._changes = changes

    def add(
        self,
        stream: OpenStream,
        item_key: bytes,
        old: Image | None,
        new: Image | None,
        *,
        by_service: bool,
    ) -> None:
        """Record that the item under `item_key` was `old` and is `new`, if these differ."""
        if old is not None and new is not None and same(old, new):
            return
        shard = stream.shard_of(item_key)
        number = self._last[shard.number_key] + 1
        self._last[shard.number_key] = number
        stored_number = number.to_bytes(NUMBER_SIZE, "big")
        self._changes[shard.number_key] = stored_number
        self._changes[shard.records_prefix + stored_number] = stream.record(
            shard, number, self._moment, old, new, by_service=by_service
        )


def last_number(shard: OpenShard, value: Value) -> tuple[bytes, int]:
    """A shard's number key, and the number of the last record given what is stored there."""
    return shard.number_key, shard.model.start if value is None else int.from_bytes(value, "big")


def same(old: Image, new: Image) -> bool:
    """Whether two images are the same item, however its attributes and sets are ordered."""
    if len(old.stored) != len(new.stored):
        return False
    if old.stored == new.stored:
        return True
    one, other = old.item, new.item
    if one == other:
        return True
    if _SET not in old.stored or one.keys() != other.keys():
        return False
    return _equal(one, other)


def _equal(one: Item, other: Mapping[str, dict[str, object]]) -> bool:
    return all(equal(value, other[name]) for name, value in one.items())


assert sorted(_IMAGES) == sorted((KEYS_ONLY, NEW_AND_OLD_IMAGES, NEW_IMAGE, OLD_IMAGE))
