"""Which items share a partition key, keys that collide, and sample data of no entity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from jedlik.modelling.costs import index_bytes, is_in
from jedlik.modelling.model import Entity, Item, Model, Table
from jedlik.modelling.serving import Finding, Grade
from jedlik.modelling.tables import is_made_by

MAX_COLLECTION_BYTES: Final = 10 * 2**30
"""In a table with local secondary indexes (DynamoDB developer guide, "Item collections")."""
MAX_ITEM_BYTES: Final = 400 * 1024


def collection_findings(model: Model) -> Iterator[Finding]:
    """Problems with items and their collections."""
    for table in model.tables:
        entities = [each for each in model.entities if each.table == table.name]
        yield from _large(table, entities)
        yield from _collisions(table, entities)
        if entities:
            yield from _strangers(table, entities)


def _large(table: Table, entities: list[Entity]) -> Iterator[Finding]:
    for entity in entities:
        if entity.item_bytes > MAX_ITEM_BYTES:
            text = f"its items have {entity.item_bytes:,} bytes; the most is 400 KB"
            yield Finding(Grade.RED, entity.name, text)
    local = [index for index in table.indexes if index.is_local]
    if not local:
        return
    sizes: dict[str, int] = defaultdict(int)
    for entity in entities:
        each = sum(
            index_bytes(index, entity) for index in (table.primary, *local) if is_in(index, entity)
        )
        sizes[entity.keys[table.primary.partition].text] += each * entity.per_collection
    for template, size in sizes.items():
        if size > MAX_COLLECTION_BYTES * 0.8:
            grade = Grade.RED if size > MAX_COLLECTION_BYTES else Grade.AMBER
            text = f"{template} collects {size / 2**30:.1f} GB; with a local index 10 GB is the end"
            yield Finding(grade, table.name, text)


def _collisions(table: Table, entities: list[Entity]) -> Iterator[Finding]:
    made: dict[tuple[str, ...], Entity] = {}
    for entity in entities:
        keys = tuple(_shape(entity, name) for name in table.primary.keys)
        other = made.setdefault(keys, entity)
        if other is not entity:
            text = f"has the same keys as {other.name}, and would write over its items"
            yield Finding(Grade.RED, entity.name, text)


def _shape(entity: Entity, name: str) -> str:
    """A template without the names of its placeholders, which do not distinguish keys."""
    return "\0".join(entity.keys[name].parts)


def _strangers(table: Table, entities: list[Entity]) -> Iterator[Finding]:
    for number, item in enumerate(table.items, 1):
        if maker_of(table, entities, item) is None:
            yield Finding(Grade.AMBER, table.name, f"item {number} of its data is of no entity")


def maker_of(table: Table, entities: Sequence[Entity], item: Item) -> Entity | None:
    """The first of a table's entities whose keys an item may have; None if no entity's."""
    for entity in entities:
        if is_made_by({name: entity.keys[name] for name in table.primary.keys}, item):
            return entity
    return None
