"""A data model as plain data. Sizes are bytes, rates requests a second."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from jedlik.modelling.templates import Template

Item = dict[str, Any]


class ModelError(Exception):
    """A file that is not a model; the text has the place and the reason."""


@dataclass(frozen=True, slots=True)
class Index:
    """A table's own keys, or a secondary index. `name` None: the table. `projected` None: all
    attributes. `is_local`: it has the table's partition key."""

    name: str | None
    partition: str
    sort: str | None
    projected: frozenset[str] | None = None
    is_local: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The attributes of its key."""
        return (self.partition,) if self.sort is None else (self.partition, self.sort)


@dataclass(frozen=True, slots=True)
class Facet:
    """A view of the items of one kind, as in NoSQL Workbench: its names for the keys, the
    attributes that it shows, and the numbers of its items in the table."""

    name: str
    aliases: tuple[str, ...]
    attributes: tuple[str, ...]
    items: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table, as an input of CreateTable and parsed. `indexes` begin with its own keys."""

    name: str
    definition: dict[str, Any]
    indexes: tuple[Index, ...]
    items: tuple[Item, ...] = ()

    @property
    def primary(self) -> Index:
        """The table's own keys."""
        return self.indexes[0]

    def index(self, name: str | None) -> Index | None:
        """The index with that name; None for the table itself."""
        return next((each for each in self.indexes if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Entity:
    """A kind of item. `keys` are templates of key attributes, without those of indexes that it is
    not in. `per_collection` items of it share a partition key of the table's."""

    name: str
    table: str
    keys: dict[str, Template]
    count: int
    item_bytes: int
    per_collection: int = 1


@dataclass(frozen=True, slots=True)
class SortCondition:
    """A pattern's condition on the sort key: `kind` is =, begins_with, between or another
    comparison; `templates` its operands."""

    kind: str
    templates: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class AccessPattern:
    """Something that a program does repeatedly.

    `key` are conditions by attribute; `filtered` attributes are in a filter, which leaves the share
    `keeps` of what is read. `items` is the number in an answer. `hottest` is the share of requests
    for the most requested key.
    """

    name: str
    operation: str
    entity: str
    index: str | None = None
    key: dict[str, SortCondition] = field(default_factory=dict)
    filtered: tuple[str, ...] = ()
    keeps: float = 1.0
    wanted: tuple[str, ...] = ()
    items: int = 1
    per_second: float = 1.0
    hottest: float = 0.0
    consistent: bool = False

    @property
    def is_write(self) -> bool:
        """Whether it changes items."""
        return self.operation in ("PutItem", "UpdateItem", "DeleteItem")


@dataclass(frozen=True, slots=True)
class Model:
    """Tables, their entities, and the access patterns."""

    name: str
    tables: tuple[Table, ...]
    entities: tuple[Entity, ...] = ()
    patterns: tuple[AccessPattern, ...] = ()

    def table(self, name: str) -> Table:
        """The table with that name. KeyError if it is missing."""
        for each in self.tables:
            if each.name == name:
                return each
        raise KeyError(name)

    def entity(self, name: str) -> Entity:
        """The entity with that name. KeyError if it is missing."""
        for each in self.entities:
            if each.name == name:
                return each
        raise KeyError(name)
