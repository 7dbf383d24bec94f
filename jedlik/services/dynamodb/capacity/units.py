"""Capacity units, and how answers report them.

Developer guide, "Capacity unit consumption": a read takes a unit per 4 KB (half of it when
eventually consistent, twice in a transaction), a write a unit per 1 KB (twice in a transaction),
rounded up per item, except that Query and Scan round the sum of what they read.
"""

from __future__ import annotations

from typing import Any

from jedlik.base.limits import READ_UNIT_SIZE, WRITE_UNIT_SIZE

NONE, TOTAL, INDEXES = "NONE", "TOTAL", "INDEXES"


def read_units(size: int, *, consistent: bool, transactional: bool = False) -> float:
    """Units to read `size` bytes; nothing found still takes the smallest read."""
    units = -(-size // READ_UNIT_SIZE) or 1
    if transactional:
        return 2.0 * units
    return float(units) if consistent else units / 2


def write_units(size: int) -> float:
    """Units to write an item of `size` bytes, the larger of its images."""
    return float(-(-size // WRITE_UNIT_SIZE) or 1)


class Consumption:
    """Units consumed on one table and its indexes; `failed` are those of writes that failed, which
    count in the total only."""

    __slots__ = ("failed", "global_indexes", "local_indexes", "table", "vector_bytes")

    def __init__(self, table: float = 0.0, failed: float = 0.0) -> None:
        self.table = table
        self.failed = failed
        self.local_indexes: dict[str, float] = {}
        self.global_indexes: dict[str, float] = {}
        self.vector_bytes: dict[str, float] = {}
        """VectorWriteRequestBytes by index: no units, and in no total."""

    def add_index(self, name: str, *, local: bool, units: float) -> None:
        """Count units of an index."""
        indexes = self.local_indexes if local else self.global_indexes
        indexes[name] = indexes.get(name, 0.0) + units

    def add_vector_bytes(self, name: str, count: float) -> None:
        """Count bytes that were written to a vector index."""
        self.vector_bytes[name] = self.vector_bytes.get(name, 0.0) + count

    def add(self, other: Consumption) -> None:
        """Count what another operation on the same table consumed."""
        self.table += other.table
        self.failed += other.failed
        for name, units in other.local_indexes.items():
            self.add_index(name, local=True, units=units)
        for name, units in other.global_indexes.items():
            self.add_index(name, local=False, units=units)
        for name, count in other.vector_bytes.items():
            self.add_vector_bytes(name, count)

    @property
    def total(self) -> float:
        """Units of the table and all indexes."""
        indexes = sum(self.local_indexes.values()) + sum(self.global_indexes.values())
        return self.table + self.failed + indexes

    def wire(self, table: str, mode: str, *, direction: str | None = None) -> dict[str, Any]:
        """The ConsumedCapacity member for ReturnConsumedCapacity `mode` (TOTAL or INDEXES).

        `table` is what the request calls the table: "If you had specified the Amazon Resource Name
        (ARN) of a table in the input, you'll see the table ARN in the response" (API reference,
        "ConsumedCapacity"). Transactions name their `direction` ("Read" or "Write") and repeat the
        units under it.
        """

        def units(count: float) -> dict[str, float]:
            figures = {"CapacityUnits": count}
            if direction is not None:
                figures[f"{direction}CapacityUnits"] = count
            return figures

        answer: dict[str, Any] = {"TableName": table, **units(self.total)}
        if mode == INDEXES:
            answer["Table"] = units(self.table)
            if self.local_indexes:
                answer["LocalSecondaryIndexes"] = {
                    name: units(count) for name, count in self.local_indexes.items()
                }
            if self.global_indexes:
                answer["GlobalSecondaryIndexes"] = {
                    name: units(count) for name, count in self.global_indexes.items()
                }
            if self.vector_bytes:
                answer["VectorIndexes"] = {
                    name: {"VectorWriteRequestBytes": count}
                    for name, count in self.vector_bytes.items()
                }
        return answer
