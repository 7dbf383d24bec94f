"""The contents of a file of seeds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Item = dict[str, Any]
"""An item in the API's form: attribute names to attribute values."""


class SeedError(Exception):
    """A file that cannot be read as a seed; the text has the file, the reason and the place."""


class SeedRefused(SeedError):
    """The server refuses a table or an item of a seed, or cannot be reached."""


@dataclass(slots=True)
class Table:
    """A table to create. `definition` is an input of CreateTable, `time_to_live` the name of the
    attribute that items expire by, if any."""

    definition: dict[str, Any]
    time_to_live: str | None = None

    @property
    def name(self) -> str:
        """The table's name."""
        return str(self.definition["TableName"])


@dataclass(slots=True)
class Seed:
    """Tables to create, items by the name of their table, and the omitted parts of the file."""

    tables: list[Table] = field(default_factory=list)
    items: dict[str, list[Item]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, other: Seed) -> None:
        """Add the contents of another file."""
        self.tables += other.tables
        self.notes += other.notes
        for table, items in other.items.items():
            self.items.setdefault(table, []).extend(items)


def indexed_attributes(definition: dict[str, Any]) -> set[str]:
    """The attributes that a table's keys and those of its indexes name."""
    schemas = [definition.get("KeySchema") or []]
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        schemas += [index.get("KeySchema") or [] for index in definition.get(kind) or []]
    return {key["AttributeName"] for schema in schemas for key in schema}
