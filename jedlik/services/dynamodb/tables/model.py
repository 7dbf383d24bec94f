"""A table as the catalog describes it. Plain data: what follows from it is compiled elsewhere.

Names of members are the API's own (see TableDescription in the API reference), in Python's
spelling.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol, TypeVar

from jedlik.services.dynamodb.backups.change_log import ChangeLog, change_log_from_json
from jedlik.services.dynamodb.backups.restore import Restore, restore_from_json
from jedlik.services.dynamodb.streams.model import Stream, stream_from_json
from jedlik.services.dynamodb.tables.key_schema import KeySchema, schema_from_json
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

TABLE_INDEX_ID: Final = 0
"""The index id under which a table's own items are kept."""


@dataclass(frozen=True, slots=True)
class Projection:
    """What an index copies of an item besides the keys."""

    kind: str
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Transition:
    """A change that goes on until a moment (seconds since the epoch).

    DELETING goes on beyond that, until the background work has removed what is deleted.
    """

    status: str
    until: float


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index.

    `settings` holds wire members that are stored and given back (ProvisionedThroughput,
    OnDemandThroughput, WarmThroughput). While `backfilling`, the index is maintained by writes but
    not complete yet.
    """

    id: int
    name: str
    local: bool
    schema: KeySchema
    projection: Projection
    settings: dict[str, Any] = field(default_factory=dict)
    backfilling: bool = False
    transition: Transition | None = None

    @property
    def projected_count(self) -> int:
        """How much of the limit on projected attributes the index uses."""
        return len(self.projection.attributes)

    def status(self, now: float) -> str:
        """IndexStatus at `now`."""
        if self.backfilling:
            return CREATING
        return _status(self.transition, now)


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

    def is_allocated(self, now: float) -> bool:
        """Whether resources are being allocated for it: the table is UPDATING as long as that."""
        return _status(self.transition, now) == CREATING


AnyIndex = Index | VectorIndex


class IndexChange(Protocol):
    """Makes of an index another one of the same kind."""

    def __call__(self, index: IndexT, /) -> IndexT: ...


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    `id` is a number never used twice; `uuid` is TableId; times are seconds since the epoch.
    `attribute_kinds` are AttributeDefinitions in their order. `settings` holds wire members that
    are stored and given back: ProvisionedThroughput, OnDemandThroughput, WarmThroughput,
    SSESpecification, TableClassSummary and the like. `stream` is the latest one, open or closed,
    with its open shards. A table that is `sealed` has a key ring (see `key_ring`). `log` is there
    while changes are logged (see `backups`); `restore` is until the table's items are, and a table
    is `importing` as long. One that is `held` is being deleted, and backups or restores still need
    what it holds. `insights` are those of Contributor Insights, by index (see `insights`).
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
    time_to_live: TimeToLive | None = None
    sealed: bool = False
    log: ChangeLog | None = None
    restore: Restore | None = None
    importing: bool = False
    held: bool = False
    insights: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def filling(self) -> bool:
        """Whether a restore or an import is still making the table's items."""
        return self.restore is not None or self.importing

    def status(self, now: float) -> str:
        """TableStatus at `now`; a table is UPDATING as long as one of its indexes changes."""
        if self.filling:
            return CREATING
        own = _status(self.transition, now)
        if own != ACTIVE:
            return own
        # While a vector index is being backfilled its table is ACTIVE (answers of the service).
        if any(index.status(now) != ACTIVE for index in self.indexes) or any(
            _status(index.transition, now) != ACTIVE for index in self.vector_indexes
        ):
            return UPDATING
        return own

    @property
    def all_indexes(self) -> tuple[AnyIndex, ...]:
        """Secondary indexes, then vector indexes."""
        return (*self.indexes, *self.vector_indexes)

    @property
    def has_work(self) -> bool:
        """Whether the table is being deleted, or an index of it deleted or backfilled."""
        transitions = (self.transition, *(index.transition for index in self.all_indexes))
        return any(index.backfilling for index in self.all_indexes) or any(
            each is not None and each.status == DELETING for each in transitions
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
    if transition is None:
        return ACTIVE
    return transition.status if transition.status == DELETING or now < transition.until else ACTIVE


def table_from_json(data: dict[str, Any]) -> Table:
    """The table that was written as JSON (dataclasses become objects, tuples arrays)."""
    stream = data.get("stream")
    return Table(
        **{
            **data,
            "schema": schema_from_json(data["schema"]),
            "indexes": tuple(map(_index, data["indexes"])),
            "vector_indexes": tuple(map(_vector_index, data.get("vector_indexes") or ())),
            "transition": _transition(data["transition"]),
            "stream": None if stream is None else stream_from_json(stream),
            "time_to_live": time_to_live_from_json(data.get("time_to_live")),
            "log": change_log_from_json(data.get("log")),
            "restore": restore_from_json(data.get("restore")),
        }
    )


def _index(data: dict[str, Any]) -> Index:
    return Index(**_members(data))


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
