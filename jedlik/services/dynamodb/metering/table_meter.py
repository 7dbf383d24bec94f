"""Counting what is consumed of a table, with one append to a list for each value.

A meter's functions are the `append` methods of lists, found by the operation's name, made at their
first use and again after the recorder has dropped them. So a table that is not in use costs
nothing. What an operation consumed is counted once, for the service's metric of the table or index
and for Jedlik's own metric of the operation, which `jedlik advise` uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple
from weakref import WeakValueDictionary

from jedlik.base.limits import READ_UNIT_SIZE
from jedlik.kernel.metrics.metric import BYTES, COUNT, MILLISECONDS, Metric
from jedlik.kernel.metrics.recorder import Distribution, Gauge, Metrics, Tally, Timing
from jedlik.services.dynamodb.capacity.units import Consumption, read_units
from jedlik.services.dynamodb.metering.contributors import Contributors
from jedlik.services.dynamodb.metering.metric_names import (
    INDEX,
    NAMESPACE,
    OPERATION,
    OWN_NAMESPACE,
    READ_BY_OPERATION,
    TABLE,
    VECTOR_INDEX,
    WRITTEN_BY_OPERATION,
    metric,
    own_metric,
)
from jedlik.services.dynamodb.metering.read_shapes import MAX_TABLES, ReadShapes
from jedlik.services.dynamodb.tables.model import Table
from jedlik.storage.engine import Value
from jedlik.values.stored import size_of

CUSTOMER: Final = "Customer"
GLOBAL_TABLE: Final = "GlobalTable"
"""The values of the dimension that tells whose writes they were: those of this region's clients, or
of other regions."""
REPLICATION: Final = "Replication"
"""Used as the operation for writes of other regions."""

_READ: Final = "ConsumedReadCapacityUnits"
_WRITTEN: Final = "ConsumedWriteCapacityUnits"
_GET_ITEM: Final = "GetItem"

Add = Callable[[Any], None]


class SmallReads(Tally):
    """Eventually consistent reads of up to 4 KB."""

    __slots__ = ()

    def __init__(self, metric: Metric, minute: int, detail: Metric | None = None) -> None:
        super().__init__(metric, minute, detail)
        self.value = 0.5


class SmallConsistentReads(Tally):
    """Consistent reads of up to 4 KB."""

    __slots__ = ()


class _Adds(dict[str, Add]):
    """The functions that count the units consumed, by the operation's name."""

    def __init__(
        self, metrics: Metrics, consumed: str, by_operation: str, dimensions: dict[str, str]
    ) -> None:
        super().__init__()
        self._metrics = metrics
        self._consumed = metric(consumed, **dimensions)
        self._by_operation = by_operation
        self._table = dimensions[TABLE]

    def distribution(self, operation: str, kind: type[Distribution] = Distribution) -> Distribution:
        """The distribution, of the class `kind`, of what an operation consumes."""
        detail = own_metric(self._by_operation, Operation=operation, TableName=self._table)
        return self._metrics.distribution(self._consumed, kind, detail)

    def __missing__(self, operation: str) -> Add:
        add = self[operation] = self.distribution(operation).add
        return add


class _Ignored(dict[str, Add]):
    def __missing__(self, _operation: str) -> Add:
        return _ignore


class ResourceMeter:
    """Counts what is consumed of a table or of a global index: `reads` and `writes` have the
    functions that count units, by the operation's name."""

    __slots__ = ("_reads", "reads", "small_consistent_reads", "small_reads", "writes")

    def __init__(self, metrics: Metrics | None, dimensions: dict[str, str]) -> None:
        self.small_reads: Tally | None = None
        self.small_consistent_reads: Tally | None = None
        self.reads: dict[str, Add]
        self.writes: dict[str, Add]
        self._reads: _Adds | None = None
        if metrics is None:
            self.reads = self.writes = _Ignored()
        else:
            self.reads = self._reads = _Adds(metrics, _READ, READ_BY_OPERATION, dimensions)
            self.writes = _Adds(metrics, _WRITTEN, WRITTEN_BY_OPERATION, dimensions)

    def get_item(self, stored: Value, consistent: bool) -> None:
        """Count a GetItem of an item, as it is stored.

        Nearly all items are so small that their stored bytes, which are never fewer than their size
        (see `values.stored`), tell what the read consumes. Callers with very many reads add to
        `small_reads` or `small_consistent_reads` directly, unless it is None.
        """
        if stored is None or len(stored) <= READ_UNIT_SIZE:
            self._count_small_read(consistent)
        else:
            self.reads[_GET_ITEM](read_units(size_of(stored), consistent=consistent))

    def _count_small_read(self, consistent: bool) -> None:
        if self._reads is None:
            return
        kind = SmallConsistentReads if consistent else SmallReads
        small = self._reads.distribution(_GET_ITEM, kind)
        assert isinstance(small, Tally)
        small.times += 1
        if consistent:
            self.small_consistent_reads = small
        else:
            self.small_reads = small

    def reset(self) -> None:
        """Forget the functions, so that they are looked up again."""
        self.small_reads = self.small_consistent_reads = None
        self.reads.clear()
        self.writes.clear()


def _ignore(_value: Any) -> None:
    pass


class _Returned(NamedTuple):
    """The functions that count an operation's items: those returned, and those read for them."""

    returned: Add
    scanned: Add


class TableMeter:
    """Counts what is consumed and returned of one table and its indexes."""

    def __init__(self, name: str, metrics: Metrics | None) -> None:
        self.name = name
        self.model: Table | None = None
        self._metrics = metrics
        self.own = ResourceMeter(metrics, {TABLE: name})
        self.indexes: dict[str, ResourceMeter] = {}
        self._sources: dict[str, Add] = {}
        self._returned: dict[str, _Returned] = {}
        self.read_shapes: ReadShapes | None = None
        """How the table is read, for `jedlik advise`."""
        self.contributors: Contributors | None = None
        """Counts uses by key; None unless Contributor Insights are enabled."""

    def index(self, name: str) -> ResourceMeter:
        """The meter of a global index."""
        meter = self.indexes.get(name)
        if meter is None:
            dimensions = {TABLE: self.name, INDEX: name}
            meter = self.indexes[name] = ResourceMeter(self._metrics, dimensions)
        return meter

    def source(self, name: str) -> Add:
        """The function that counts the units written by a source, for tables with replicas."""
        add = self._sources.get(name)
        if add is None:
            add = _ignore
            if self._metrics is not None:
                written = metric(_WRITTEN, Source=name, TableName=self.name)
                add = self._metrics.distribution(written).add
            self._sources[name] = add
        return add

    def reset(self) -> None:
        """Forget the functions, so that they are looked up again, and indexes that no longer
        exist."""
        self.own.reset()
        self.indexes.clear()
        self._sources.clear()
        self._returned.clear()

    def count_vectors_written(self, name: str, size: float) -> None:
        """Count bytes that were written to a vector index."""
        self._vector_bytes("VectorWriteRequestBytes", name, size)

    def count_vectors_searched(self, name: str, size: float) -> None:
        """Count bytes that a search in a vector index read."""
        self._vector_bytes("VectorSearchRequestBytes", name, size)

    def _vector_bytes(self, counted: str, name: str, size: float) -> None:
        if self._metrics is not None:
            dimensions = {TABLE: self.name, VECTOR_INDEX: name}
            self._metrics.distribution(metric(counted, BYTES, **dimensions)).add(size)

    def count_reads(self, consumption: Consumption, operation: str) -> None:
        """Count what a read by an operation consumed."""
        own = consumption.table + sum(consumption.local_indexes.values())
        if own:
            self.own.reads[operation](own)
        for name, units in consumption.global_indexes.items():
            self.index(name).reads[operation](units)

    def record(self, name: str, value: float, unit: str = COUNT, **dimensions: str) -> None:
        """Add a value to a metric of the table, off the hot paths."""
        if self._metrics is not None:
            named = metric(name, unit, TableName=self.name, **dimensions)
            self._metrics.record(named, value)

    def record_all(
        self, name: str, values: Iterable[float], unit: str = COUNT, **dimensions: str
    ) -> None:
        """Add values to a metric of the table."""
        if self._metrics is not None:
            named = metric(name, unit, TableName=self.name, **dimensions)
            add = self._metrics.distribution(named).add
            for value in values:
                add(value)

    def measure(self, name: str, value: float, unit: str = COUNT, **dimensions: str) -> None:
        """Set a metric of the table that is measured, not counted."""
        if self._metrics is not None:
            named = metric(name, unit, TableName=self.name, **dimensions)
            self._metrics.distribution(named, Gauge).add(value)

    def count_returned(self, operation: str, count: int, scanned: int | None = None) -> None:
        """Count the items that a Query, Scan or statement returned, and those that it read for
        them."""
        if self._metrics is None:
            return
        counts = self._returned.get(operation)
        if counts is None:
            counts = self._returned[operation] = self._returned_by(self._metrics, operation)
        counts.returned(count)
        if scanned is not None:
            counts.scanned(scanned)

    def _returned_by(self, metrics: Metrics, operation: str) -> _Returned:
        dimensions = ((OPERATION, operation), (TABLE, self.name))
        returned = Metric(NAMESPACE, "ReturnedItemCount", dimensions, COUNT)
        scanned = Metric(OWN_NAMESPACE, "ScannedItemCount", dimensions, COUNT)
        return _Returned(metrics.distribution(returned).add, metrics.distribution(scanned).add)

    def count_records(self, label: str, count: int, size: int, nanoseconds: int) -> None:
        """Count what a GetRecords of one of the table's streams returned, and how long it took."""
        if self._metrics is None:
            return
        of = {TABLE: self.name, OPERATION: "GetRecords", "StreamLabel": label}
        self._metrics.record(metric("ReturnedRecordsCount", **of), count)
        self._metrics.record(metric("ReturnedBytes", BYTES, **of), size)
        timed = metric("SuccessfulRequestLatency", MILLISECONDS, **of)
        self._metrics.distribution(timed, Timing).add(nanoseconds)


UNMETERED: Final = TableMeter("", None)
"""The meter of tables that no client uses."""


class TableMeters:
    """The meters of a process's tables, kept as long as something uses them."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._meters: WeakValueDictionary[str, TableMeter] = WeakValueDictionary()
        self._reading: dict[str, ReadShapes] = {}
        metrics.on_forget(self._reset)

    def of(self, table: Table) -> TableMeter:
        """The meter of a table as it is described now."""
        meter = self.named(table.name)
        if meter.model is not table:
            meter.model = table
            meter.contributors = Contributors(table) if table.insights else None
        return meter

    def named(self, name: str) -> TableMeter:
        """The meter of the table of that name."""
        meter = self._meters.get(name)
        if meter is None:
            meter = self._meters[name] = TableMeter(name, self._metrics)
            meter.read_shapes = self._read_shapes(name)
        return meter

    def _read_shapes(self, name: str) -> ReadShapes | None:
        """The read shapes of a table, which outlive its meter (see `ReadShapes`)."""
        known = self._reading.get(name)
        if known is None and len(self._reading) < MAX_TABLES:
            known = self._reading[name] = ReadShapes(self._metrics, name)
        return known

    def in_use(self) -> list[TableMeter]:
        """The meters that something uses."""
        return list(self._meters.values())

    def contributors(self) -> list[Contributors]:
        """The contributors of all tables in use that have them enabled."""
        return [each.contributors for each in self.in_use() if each.contributors is not None]

    def _reset(self) -> None:
        for meter in self.in_use():
            meter.reset()
        for reading in self._reading.values():
            reading.reset()
