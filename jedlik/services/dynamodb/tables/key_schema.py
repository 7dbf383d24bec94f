"""Key schemas of tables and indexes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class KeyAttribute:
    """A key attribute's name and type: `S`, `N` or `B`."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class KeySchema:
    """Partition and sort attributes, in order. A table has one and at most one of them."""

    partition: tuple[KeyAttribute, ...]
    sort: tuple[KeyAttribute, ...]

    @property
    def attributes(self) -> tuple[KeyAttribute, ...]:
        return self.partition + self.sort

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(attribute.name for attribute in self.attributes)

    @property
    def roles(self) -> tuple[tuple[str, str, str], ...]:
        """Name, type and KeyType (HASH or RANGE) of every attribute."""
        return tuple(
            (attribute.name, attribute.kind, role)
            for attributes, role in ((self.partition, "HASH"), (self.sort, "RANGE"))
            for attribute in attributes
        )


def schema_from_json(data: dict[str, Any]) -> KeySchema:
    """The key schema from its JSON."""
    return KeySchema(_attributes(data["partition"]), _attributes(data["sort"]))


def _attributes(data: list[dict[str, str]]) -> tuple[KeyAttribute, ...]:
    return tuple(KeyAttribute(**attribute) for attribute in data)
