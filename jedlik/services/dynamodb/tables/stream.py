"""A stream as the catalog describes it: the changes of one table's items, in shards.

Every shard takes the items of one range of partition hashes and numbers its records without gaps.
A shard never changes its range: when it is closed, children take over its range, and all numbers of
a child are above all of its parent's. So a reader that takes parents before children sees the
changes of every item in their order.

Names of members are the API's own where it has them (see StreamDescription in the API reference of
DynamoDB Streams).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from jedlik.kernel.keyspaces import internal_stream_key, stream_key
from jedlik.services.dynamodb.tables.key_schema import KeySchema, schema_from_json

ENABLING: Final = "ENABLING"
ENABLED: Final = "ENABLED"
DISABLING: Final = "DISABLING"
DISABLED: Final = "DISABLED"

NEW_IMAGE: Final = "NEW_IMAGE"
OLD_IMAGE: Final = "OLD_IMAGE"
NEW_AND_OLD_IMAGES: Final = "NEW_AND_OLD_IMAGES"
KEYS_ONLY: Final = "KEYS_ONLY"

HASHES: Final = 1 << 64
"""Shards divide partition hashes by their first eight bytes, read as a number below this."""


MAX_SHARDS: Final = 1024
"""Open shards of a stream."""


class StreamSettings(NamedTuple):
    """How streams are divided: open shards of each one, and seconds until a shard is closed.

    One shard, since many programs read only the first; a new on-demand table of the service has
    four. Shards of the service live for about four hours.
    """

    shards: int = 1
    shard_lifetime: float = 4 * 3600.0


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard: the records of items whose partition hash is from `low` to `high`, both included.

    The first record's number is `start` + 1. `end` is the last one's number, and None as long as
    the shard is open. Times are seconds since the epoch.
    """

    number: int
    id: str
    parent: str | None
    opened_at: float
    low: int
    high: int
    start: int
    end: int | None = None
    closed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream. `id` is a number never used twice; event ids are made from `uuid`.

    `ready_at` is when it stops being ENABLING or, once it is closed, DISABLING. `shards` are all
    shards that may still be read, by number, but only the open ones in the description of its
    table. An `internal` stream is read only by the server itself, for example for a Kinesis
    destination: clients do not see it, and its records have microseconds.
    """

    id: int
    uuid: str
    table_name: str
    table_id: int
    label: str
    view_type: str
    schema: KeySchema
    created_at: float
    ready_at: float = 0.0
    closed_at: float | None = None
    next_shard: int = 0
    shards: tuple[Shard, ...] = ()
    internal: bool = False

    @property
    def key(self) -> bytes:
        """Where the description is stored."""
        make = internal_stream_key if self.internal else stream_key
        return make(self.table_name, self.label)

    def status(self, now: float) -> str:
        """StreamStatus at `now`."""
        if self.closed_at is None:
            return ENABLING if now < self.ready_at else ENABLED
        return DISABLING if now < self.ready_at else DISABLED

    @property
    def open_shards(self) -> tuple[Shard, ...]:
        """The shards that take records."""
        return tuple(shard for shard in self.shards if shard.end is None)

    def shard(self, shard_id: str) -> Shard | None:
        """The shard of that id."""
        return next((shard for shard in self.shards if shard.id == shard_id), None)

    def with_open_shards_only(self) -> Stream:
        """The stream as it is in its table's description."""
        return replace(self, shards=self.open_shards)


def stream_from_json(data: dict[str, Any]) -> Stream:
    """The stream from its JSON, in which dataclasses are objects and tuples arrays."""
    return Stream(
        **{
            **data,
            "schema": schema_from_json(data["schema"]),
            "shards": tuple(Shard(**shard) for shard in data["shards"]),
        }
    )
