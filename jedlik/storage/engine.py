"""The interface of engines: ordered byte keys with group commit.

An engine knows nothing of tables, items or JSON. It answers reads from a snapshot and takes writes
as *tasks*: a task declares the keys it reads and decides, as a pure function of their values, what
to put and delete. The engine gathers the tasks that wait, reads all their keys under one lock, runs
them in order (a later task sees an earlier one's changes), commits once and answers every caller
only then. So one durable flush is shared by many writers, no update is lost, and whatever a task
changes (an item, its index entries, its stream record) changes together or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Generic, Literal, NamedTuple, Protocol, TypeVar, runtime_checkable

Value = bytes | None
"""The value of a key; None if the key does not exist."""

Row = tuple[bytes, bytes]
"""A key and its value."""

Durability = Literal["fsync", "relaxed"]
"""When a write is answered: once it is flushed to the disk, or before that."""

ResultT_co = TypeVar("ResultT_co", covariant=True)


class Changes(NamedTuple, Generic[ResultT_co]):
    """The decision of a task: the new value of each key (None deletes it), and the task's
    result."""

    values: Mapping[bytes, Value]
    result: ResultT_co


class WriteTask(Protocol[ResultT_co]):
    """One atomic change."""

    @property
    def keys(self) -> Sequence[bytes]:
        """The keys to read under lock, each once; the engine reads this property once."""
        ...

    def decide(self, values: Sequence[Value]) -> Changes[ResultT_co]:
        """The changes, given the values of `keys` in their order. It must be pure, as it may be run
        again after a conflict. An exception fails this task alone and changes nothing."""
        ...


class Page(NamedTuple):
    """The rows of a range, in the requested order, and the values of the keys in `also_read`."""

    rows: list[Row]
    also_read: list[Value]
    more: bool
    """Whether the range continues after the page, which ended by `limit` or `max_bytes`."""


class Reads(Protocol):
    """The reading half of an engine."""

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        """The values of any number of keys, from one snapshot, in the order of `keys`."""
        ...

    async def range(
        self,
        low: bytes,
        high: bytes | None,
        *,
        limit: int | None = None,
        max_bytes: int | None = None,
        reverse: bool = False,
        also_read: Sequence[bytes] = (),
    ) -> Page:
        """Rows with `low` <= key < `high` (None: no upper end), from one snapshot, in key order.

        With `reverse`, from the high end down. Stops after `limit` rows, or after the row with
        which the values' bytes reach `max_bytes`; returns at least one row, if there is any.
        `also_read` are keys to read in the same snapshot.
        """
        ...


class Engine(Reads, Protocol):
    """Ordered byte keys. Keys are any bytes (the empty key and keys of several KiB included), and
    order is that of unsigned bytes, exactly.

    Raises `StorageFull` or `StorageUnavailable` (see `storage.failures`) if the disk or the server
    behind it fails: then nothing of the call happened, unless the error says that a commit's
    outcome is unknown.
    """

    async def write(self, task: WriteTask[ResultT_co]) -> ResultT_co:
        """Join the next group commit; returns the task's result once it is durable."""
        ...

    async def close(self) -> None:
        """Finish accepted tasks, then close files and connections."""
        ...


@runtime_checkable
class Starting(Protocol):
    """An engine, or reads of one, that has to be started before its first use."""

    async def start(self) -> None:
        """Raises `EngineUnusable`."""
        ...


@runtime_checkable
class Remote(Protocol):
    """An engine on a server, which may become unavailable. It has several batches in flight."""

    @property
    def available(self) -> bool:
        """Whether the server answered the last call."""
        ...

    def follow_batches(self, on_batch: Callable[[int], None]) -> None:
        """Call `on_batch` with the number of the next batch, cyclically from 0 on, whenever a batch
        has left: tasks that can choose among several keys should choose by it."""
        ...


class WriteQueue(Protocol):
    """The tasks that wait for a commit, and what was committed since the start."""

    commits: int
    tasks: int

    @property
    def waiting(self) -> int:
        """The number of waiting tasks."""
        ...


@runtime_checkable
class Queueing(Protocol):
    """An engine in this process: it commits one batch after the other, all from one queue."""

    @property
    def write_queue(self) -> WriteQueue: ...
