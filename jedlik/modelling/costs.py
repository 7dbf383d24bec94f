"""Units that an access pattern consumes, and the cost of a model for a month on demand.

Units: DynamoDB developer guide, "DynamoDB read and write operations". An item has 100 bytes more in
storage for its indexing ("Storage" in the same guide's cost pages), in the table and in an index.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from jedlik.modelling.model import AccessPattern, Entity, Index, Model, Table
from jedlik.services.advice.prices import Prices

READ_BYTES: Final = 4096
WRITE_BYTES: Final = 1024
_INDEXING_BYTES: Final = 100
_PROJECTED_BYTES: Final = 30
"""A guess at the size of one projected attribute: models do not have its size."""
_GIGABYTE: Final = 2**30


class Cost(NamedTuple):
    """Dollars a month."""

    requests: dict[str, float]
    """By the access pattern's name."""
    storage: float

    @property
    def total(self) -> float:
        """The sum."""
        return sum(self.requests.values()) + self.storage


def cost_of(model: Model, prices: Prices) -> Cost:
    """The cost of a model for a month on demand, at its stated traffic and size."""
    standard = prices.standard
    requests = {}
    for pattern in model.patterns:
        price = standard.million_writes if pattern.is_write else standard.million_reads
        units = units_of(model, pattern) * pattern.per_second * prices.hours_a_month * 3600
        requests[pattern.name] = units * price / 1e6
    stored = sum(stored_bytes(model.table(each.table), each) for each in model.entities)
    return Cost(requests, stored / _GIGABYTE * standard.storage_gb)


def stored_bytes(table: Table, entity: Entity) -> int:
    """Bytes that all items of an entity take, in the table and its indexes."""
    each = sum(
        index_bytes(index, entity) + _INDEXING_BYTES
        for index in table.indexes
        if is_in(index, entity)
    )
    return each * entity.count


def units_of(model: Model, pattern: AccessPattern) -> float:
    """Units that one request consumes, of reads or of writes, indexes included."""
    entity = model.entity(pattern.entity)
    table = model.table(entity.table)
    if pattern.is_write:
        return sum(
            units(index_bytes(index, entity), WRITE_BYTES)
            for index in table.indexes
            if is_in(index, entity)
        )
    index = table.index(pattern.index) or table.primary
    return read_units(pattern, read_bytes(model, pattern, index))


def read_units(pattern: AccessPattern, size: int) -> float:
    """Units for reading this many bytes: half if the read is eventually consistent."""
    return units(size, READ_BYTES) * (1 if pattern.consistent else 0.5)


def read_bytes(model: Model, pattern: AccessPattern, index: Index) -> int:
    """Bytes that one request reads, before its filter."""
    entity = model.entity(pattern.entity)
    if pattern.operation == "Scan":
        table = model.table(entity.table)
        return sum(
            index_bytes(index, each) * each.count
            for each in model.entities
            if each.table == table.name and is_in(index, each)
        )
    read = pattern.items / max(pattern.keeps, 0.0001)
    return round(read * index_bytes(index, entity))


def index_bytes(index: Index, entity: Entity) -> int:
    """Bytes of one item of an entity in an index, or in the table."""
    if index.projected is None:
        return entity.item_bytes
    return min(entity.item_bytes, _PROJECTED_BYTES * len(index.projected))


def units(size: int, unit: int) -> int:
    """Units for this many bytes; at least one."""
    return max(1, -(-size // unit))


def is_in(index: Index, entity: Entity) -> bool:
    """Whether items of an entity have all keys of an index."""
    return all(key in entity.keys for key in index.keys)
