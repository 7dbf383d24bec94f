"""How a database behaves, as its server was started."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jedlik.base.limits import DEFAULT_VECTOR_MEMORY
from jedlik.kernel.buckets.buckets import Buckets
from jedlik.services.dynamodb.capacity.budgets import COUNTED, CapacityMode
from jedlik.services.dynamodb.tables.replicas import ReplicationSettings
from jedlik.services.dynamodb.tables.stream import StreamSettings

if TYPE_CHECKING:
    from jedlik.crypto.root_key import RootKey
    from jedlik.services.dynamodb.tables.quotas import Quotas


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """The settings of a database; as they are by default, it is for tests and tools."""

    transition_seconds: float = 0.0
    """How long tables and indexes stay CREATING, UPDATING or DELETING; streams and TTL likewise."""
    stream_settings: StreamSettings = field(default_factory=StreamSettings)
    """How streams are divided into shards."""
    root_key: RootKey | None = None
    """Opens everything that is sealed under it (see `encryption.root_sealing`)."""
    capacity: CapacityMode = COUNTED
    """Whether capacity is enforced on tables without a tag for it."""
    quotas: Quotas | None = None
    """None: the service's, in the region of the database."""
    restorable_delay: float = 0.0
    """How many seconds ago the latest restorable time is."""
    vector_memory: int = DEFAULT_VECTOR_MEMORY
    """The MiB in which this process may hold vectors."""
    buckets: Buckets = field(default_factory=Buckets)
    """The buckets of exports and imports."""
    check_reserve: Callable[[], None] = lambda: None
    """Raises StorageFull if so little room is left that copies of tables have to wait."""
    replication: ReplicationSettings = field(default_factory=ReplicationSettings)
    """How changes are sent to other regions."""
