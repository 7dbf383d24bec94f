"""A request of a client as a call of the service's API, and what it is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from jedlik.dax.item_keys import item_key
from jedlik.dax.wire.expressions import PathParts
from jedlik.dax.wire.values import KeySchema, key_bytes
from jedlik.values.attribute import Item

Payload = dict[str, Any]
"""Parameters of the service's API, or a part of them, being put together."""


@dataclass(slots=True)
class Part:
    """The subject of a request, or of one part of a batch or transaction: a table as the request
    names it and as the item cache does, its key schema, keys in the form of the service and of the
    wire, and the projection (None: whole items)."""

    table: str
    cached_as: str
    schema: KeySchema
    keys: list[Item] = field(default_factory=list)
    wire_keys: list[bytes] = field(default_factory=list)
    paths: list[PathParts] | None = None
    puts: list[Item | None] = field(default_factory=list)
    """For each key of a write: the item that it puts, None if it puts none."""
    owner: str = ""
    """Who owns the attribute lists that its items need (see `attribute_lists`)."""

    def add(self, key: Item, put: Item | None = None) -> None:
        """Add a key, and the item that is put under it."""
        self.keys.append(key)
        self.wire_keys.append(key_bytes(key, self.schema))
        self.puts.append(put)

    def item_key(self, item: Item) -> bytes:
        """The key of an item, or of one with that key, in the item cache."""
        return item_key(self.cached_as, key_bytes(item, self.schema))

    @property
    def item_keys(self) -> list[bytes]:
        """The keys of its items in the item cache."""
        return [item_key(self.cached_as, each) for each in self.wire_keys]


@dataclass(slots=True)
class ServiceCall:
    """A call of the service's API. A batch has a part for each table, a transaction for each item,
    anything else has one."""

    name: str
    payload: Payload
    parts: list[Part]
    consistent: bool = False

    @property
    def part(self) -> Part:
        """The one part of a call that has one."""
        return self.parts[0]
