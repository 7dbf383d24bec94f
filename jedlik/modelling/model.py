"""A data model as plain data. Sizes are bytes, rates requests a second."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from jedlik.modelling.templates import Template

Item = dict[str, Any]


class ModelError(Exception):
    """A file that is no model; the text says where in it, and why."""


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
    """A view of the items of one kind, as NoSQL Workbench has them: what its keys are called, the
    attributes that it shows, and which of the table's items are in it, by their number."""

    name: str
    aliases: tuple[str, ...]
    attributes: tuple[str, ...]
    items: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table, as an input of CreateTable and taken apart. `indexes` begin with its own keys."""

    name: str
    definition: dict[str, Any]
    indexes: tuple[Index, ...]
    items: tuple[Item, ...] = ()

    @property
    def primary(self) -> Index:
        """The table's own keys."""
        return self.indexes[0]

    def index(self, name: str | None) -> Index | None:
        """The index of that name, None standing for the table itself."""
        return next((each for each in self.indexes if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Entity:
    """A kind of item. `keys` say how key attributes are made; those of indexes that it is not in
    are missing. `per_collection` items of it share a partition key of the table's."""

    name: str
    table: str
    keys: dict[str, Template]
    count: int
    item_bytes: int
    per_collection: int = 1


@dataclass(frozen=True, slots=True)
class SortCondition:
    """What a pattern asks of the sort key: `kind` is =, begins_with, between or another comparison;
    `templates` its operands."""

    kind: str
    templates: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class AccessPattern:
    """Something that a program does, again and again.

    `key` are conditions by attribute; `filtered` attributes are in a filter, which leaves the share
    `keeps` of what is read. `items` is how many an answer has. `hottest` is the share of requests
    that go to the one key that is asked for most.
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
    """Tables, what is kept in them, and what is done with that."""

    name: str
    tables: tuple[Table, ...]
    entities: tuple[Entity, ...] = ()
    patterns: tuple[AccessPattern, ...] = ()

    def table(self, name: str) -> Table:
        """The table of that name. KeyError if it is missing."""
        for each in self.tables:
            if each.name == name:
                return each
        raise KeyError(name)

    def entity(self, name: str) -> Entity:
        """The entity of that name. KeyError if it is missing."""
        for each in self.entities:
            if each.name == name:
                return each
        raise KeyError(name)
