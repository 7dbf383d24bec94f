"""A table as the catalog describes it: plain data, from which `database.open_table` is compiled.

Names of members are the API's own (see TableDescription in the API reference), in Python's
spelling.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol, TypeVar

from jedlik.services.dynamodb.tables.change_log import ChangeLog, change_log_from_json
from jedlik.services.dynamodb.tables.key_schema import KeySchema, schema_from_json
from jedlik.services.dynamodb.tables.replicas import Replication, replication_from_json
from jedlik.services.dynamodb.tables.restore import Restore, restore_from_json
from jedlik.services.dynamodb.tables.stream import Stream, stream_from_json
from jedlik.services.dynamodb.tables.time_to_live import TimeToLive, time_to_live_from_json

ACTIVE: Final = "ACTIVE"
CREATING: Final = "CREATING"
UPDATING: Final = "UPDATING"
DELETING: Final = "DELETING"
INACCESSIBLE_ENCRYPTION_CREDENTIALS: Final = "INACCESSIBLE_ENCRYPTION_CREDENTIALS"

ALL: Final = "ALL"
KEYS_ONLY: Final = "KEYS_ONLY"
INCLUDE: Final = "INCLUDE"

PROVISIONED: Final = "PROVISIONED"
PAY_PER_REQUEST: Final = "PAY_PER_REQUEST"

IndexT = TypeVar("IndexT", "Index", "VectorIndex")

CAPACITY: Final = "capacity"
STREAM: Final = "stream"
TABLE_CLASS: Final = "class"
"""What a table can be UPDATING for: its units or billing mode, its stream, or its class."""

TABLE_INDEX_ID: Final = 0
"""The index id under which a table's own items are kept."""


@dataclass(frozen=True, slots=True)
class Projection:
    """What an index copies of an item in addition to the keys."""

    kind: str
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Transition:
    """A change that lasts until some time (seconds since the epoch).

    DELETING lasts longer, until the background work has removed the deleted data. `job` is the
    change for which a table is UPDATING. `before` has the settings that are shown until the change
    is over, with None for those that are not shown yet.
    """

    status: str
    until: float
    job: str = ""
    before: dict[str, Any] = field(default_factory=dict)

    def goes_on(self, now: float) -> bool:
        """Whether the change still lasts at `now`."""
        return self.status == DELETING or now < self.until


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index.

    `settings` holds wire members that are stored and given back (ProvisionedThroughput,
    OnDemandThroughput, WarmThroughput). While `backfilling`, the index is maintained by writes but
    not complete yet. `warming` is a rise of its warm throughput, which its status does not show.
    """

    id: int
    name: str
    local: bool
    schema: KeySchema
    projection: Projection
    settings: dict[str, Any] = field(default_factory=dict)
    backfilling: bool = False
    transition: Transition | None = None
    warming: Transition | None = None

    @property
    def projected_count(self) -> int:
        """How much of the limit on projected attributes the index uses."""
        return len(self.projection.attributes)

    def status(self, now: float) -> str:
        """IndexStatus at `now`."""
        if self.backfilling:
            return CREATING
        return _status(self.transition, now)

    def allocated(self, now: float) -> bool:
        """Whether the index is past the first phase of its creation, "resource allocation"."""
        return _status(self.transition, now) != CREATING

    def hidden_settings(self, now: float) -> dict[str, Any]:
        """Settings as they were before changes that still go on at `now`."""
        return _hidden((self.transition, self.warming), now)


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """A vector index: `vector` is the attribute that holds vectors of `dimensions` numbers,
    `distance` one of COSINE, EUCLIDEAN and DOT_PRODUCT.

    `schema` is the search schema: at most one partition attribute (HASH), and as its sort
    attributes those that searches may filter on (INLINE_FILTER). They are in no order that matters.
    """

    id: int
    name: str
    vector: str
    dimensions: int
    distance: str
    schema: KeySchema
    projection: Projection
    backfilling: bool = False
    transition: Transition | None = None

    def status(self, now: float) -> str:
        """IndexStatus at `now`."""
        if self.backfilling:
            return CREATING
        return _status(self.transition, now)

    @property
    def projected_count(self) -> int:
        """How much of the limit on projected attributes the index uses: its vector and its
        filters count as such."""
        return len(self.projection.attributes) + 1 + len(self.schema.sort)

    def allocated(self, now: float) -> bool:
        """Whether the index is past the first phase of its creation, "resource allocation"."""
        return _status(self.transition, now) != CREATING


AnyIndex = Index | VectorIndex


class IndexChange(Protocol):
    """Returns a changed index of the same kind."""

    def __call__(self, index: IndexT, /) -> IndexT: ...


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    `id` is a number never used twice; `uuid` is TableId; times are seconds since the epoch.
    `attribute_kinds` are AttributeDefinitions in order. `settings` holds wire members that are
    stored and returned: ProvisionedThroughput, OnDemandThroughput, WarmThroughput,
    SSESpecification, TableClassSummary and similar ones. `stream` is the latest one, open or
    closed, with its open shards; `internal_streams` are those that the server itself reads, all of
    them open. A `sealed` table has a key ring (see `sealing.key_ring`). `log` exists while
    changes are logged (see `dynamodb.backups`). `restore` exists until all items are restored, and
    `importing` is True until all are imported. A table that is `held` is being deleted, but backups
    or restores still need its data. `warming` is a rise of its warm throughput, which its status
    does not show. `insights` are those of Contributor Insights, by index (see `insights`).
    `replication` exists while the table has replicas in other regions.
    """

    id: int
    uuid: str
    name: str
    created_at: float
    schema: KeySchema
    attribute_kinds: dict[str, str]
    indexes: tuple[Index, ...] = ()
    vector_indexes: tuple[VectorIndex, ...] = ()
    billing_mode: str = PROVISIONED
    deletion_protection: bool = False
    settings: dict[str, Any] = field(default_factory=dict)
    transition: Transition | None = None
    stream: Stream | None = None
    internal_streams: tuple[Stream, ...] = ()
    time_to_live: TimeToLive | None = None
    sealed: bool = False
    log: ChangeLog | None = None
    restore: Restore | None = None
    importing: bool = False
    held: bool = False
    warming: Transition | None = None
    insights: dict[str, dict[str, Any]] = field(default_factory=dict)
    replication: Replication | None = None

    @property
    def streams(self) -> tuple[Stream, ...]:
        """The streams of the table, for clients (open or closed) and internal ones."""
        return (
            self.internal_streams if self.stream is None else (self.stream, *self.internal_streams)
        )

    def with_stream(self, stream: Stream) -> Table:
        """The table with the present state of a stream, which may be a new one."""
        part = stream.with_open_shards_only()
        if not stream.internal:
            return replace(self, stream=part)
        others = tuple(each for each in self.internal_streams if each.id != stream.id)
        return replace(
            self, internal_streams=others if stream.closed_at is not None else (*others, part)
        )

    @property
    def filling(self) -> bool:
        """Whether a restore, an import or another region is still making the table's items."""
        joining = self.replication is not None and self.replication.joining
        return joining or self.restore is not None or self.importing

    @property
    def leaving(self) -> bool:
        """Whether the table is deleted for clients, and still sends its last changes."""
        return self.replication is not None and self.replication.leaving

    def status(self, now: float) -> str:
        """TableStatus at `now`.

        A table is UPDATING while an index of it is deleted or allocated, not while it is filled.
        """
        if self.filling:
            return CREATING
        if self.leaving:
            return DELETING
        own = _status(self.transition, now)
        # An index that is being backfilled leaves its table ACTIVE (answers of the service).
        if own == ACTIVE and any(
            index.status(now) == DELETING or not index.allocated(now) for index in self.all_indexes
        ):
            return UPDATING
        return own

    def job(self, now: float) -> str:
        """What the table itself is UPDATING for at `now`; empty if it is not."""
        own = self.transition
        return own.job if own is not None and own.goes_on(now) else ""

    def mode_in_force(self, now: float) -> str:
        """The billing mode in force at `now`: descriptions show a switch as done before it is."""
        own = self.transition
        # Changed units are hidden until they are in force; those of a switch are not.
        switching = (
            own is not None
            and own.job == CAPACITY
            and own.goes_on(now)
            and "ProvisionedThroughput" not in own.before
        )
        if not switching:
            return self.billing_mode
        return PROVISIONED if self.billing_mode == PAY_PER_REQUEST else PAY_PER_REQUEST

    def hidden_settings(self, now: float) -> dict[str, Any]:
        """Settings as they were before changes that still go on at `now`."""
        return _hidden((self.transition, self.warming), now)

    def settled(self) -> Table:
        """The table with all changes finished, except for deletions, which background work does."""

        def lasting(transition: Transition | None) -> Transition | None:
            deleting = transition is not None and transition.status == DELETING
            return transition if deleting else None

        return replace(
            self,
            transition=lasting(self.transition),
            warming=None,
            indexes=tuple(
                replace(index, transition=lasting(index.transition), warming=None)
                for index in self.indexes
            ),
            vector_indexes=tuple(
                replace(index, transition=lasting(index.transition))
                for index in self.vector_indexes
            ),
        )

    @property
    def all_indexes(self) -> tuple[AnyIndex, ...]:
        """Secondary indexes, then vector indexes."""
        return (*self.indexes, *self.vector_indexes)

    @property
    def work(self) -> frozenset[object]:
        """What background work the table gives: its deletion, those of indexes, and backfills."""
        deletions = ((index.id, index.transition) for index in self.all_indexes)
        return frozenset(
            (
                *(index.id for index in self.all_indexes if index.backfilling),
                *(
                    (index_id, each.until)
                    for index_id, each in ((TABLE_INDEX_ID, self.transition), *deletions)
                    if each is not None and each.status == DELETING
                ),
            )
        )

    def index(self, name: str) -> Index | None:
        """The index of that name."""
        return next((index for index in self.indexes if index.name == name), None)

    def vector_index(self, name: str) -> VectorIndex | None:
        """The vector index of that name."""
        return next((index for index in self.vector_indexes if index.name == name), None)

    def with_index(self, changed: AnyIndex) -> Table:
        """The table with the index of the same id replaced."""
        if isinstance(changed, VectorIndex):
            vectors = self.vector_indexes
            return replace(
                self,
                vector_indexes=tuple(
                    changed if each.id == changed.id else each for each in vectors
                ),
            )
        return replace(
            self,
            indexes=tuple(changed if index.id == changed.id else index for index in self.indexes),
        )

    def map_indexes(self, change: IndexChange) -> Table:
        """The table with every index, of any kind, changed."""
        return replace(
            self,
            indexes=tuple(map(change, self.indexes)),
            vector_indexes=tuple(map(change, self.vector_indexes)),
        )


def _status(transition: Transition | None, now: float) -> str:
    return transition.status if transition is not None and transition.goes_on(now) else ACTIVE


def _hidden(transitions: Iterable[Transition | None], now: float) -> dict[str, Any]:
    hidden: dict[str, Any] = {}
    for transition in transitions:
        if transition is not None and transition.goes_on(now):
            hidden |= transition.before
    return hidden


def may_have_work(stored: bytes) -> bool:
    """Whether a table gives `work`, by its stored description: True for some that give none.

    This takes a hundredth of the time of decoding, and hardly any table has work.
    """
    return b'"backfilling":true' in stored or b'"DELETING"' in stored


def may_have_log(stored: bytes) -> bool:
    """Whether a table keeps a log of its changes, in the same way."""
    return b'"log":{' in stored


def table_from_json(data: dict[str, Any]) -> Table:
    """The table from its JSON, in which dataclasses are objects and tuples arrays."""
    stream = data.get("stream")
    return Table(
        **{
            **data,
            "schema": schema_from_json(data["schema"]),
            "indexes": tuple(map(_index, data["indexes"])),
            "vector_indexes": tuple(map(_vector_index, data.get("vector_indexes") or ())),
            "transition": _transition(data["transition"]),
            "warming": _transition(data.get("warming")),
            "stream": None if stream is None else stream_from_json(stream),
            "internal_streams": tuple(map(stream_from_json, data.get("internal_streams") or ())),
            "time_to_live": time_to_live_from_json(data.get("time_to_live")),
            "log": change_log_from_json(data.get("log")),
            "restore": restore_from_json(data.get("restore")),
            "replication": replication_from_json(data.get("replication")),
        }
    )


def _index(data: dict[str, Any]) -> Index:
    return Index(**{**_members(data), "warming": _transition(data.get("warming"))})


def _vector_index(data: dict[str, Any]) -> VectorIndex:
    return VectorIndex(**_members(data))


def _members(data: dict[str, Any]) -> dict[str, Any]:
    projection = data["projection"]
    return {
        **data,
        "schema": schema_from_json(data["schema"]),
        "projection": Projection(projection["kind"], tuple(projection["attributes"])),
        "transition": _transition(data["transition"]),
    }


def _transition(data: dict[str, Any] | None) -> Transition | None:
    return None if data is None else Transition(**data)
