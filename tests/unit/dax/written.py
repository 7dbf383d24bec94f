"""Helpers for the tests of requests and replies: a table's keys, and attribute lists."""

from __future__ import annotations

from collections.abc import Sequence

from jedlik.dax.wire import cbor
from jedlik.dax.wire.values import KeySchema

SCHEMA = KeySchema(("pk",), ("S",))
_PATH = 18
_LIST_INDEX = 3324


class Lists:
    """Takes the place of a server's definitions: one table, and lists numbered as they come."""

    def __init__(self) -> None:
        self.lists: list[tuple[str, ...]] = []

    async def key_schema(self, _table: str) -> KeySchema:
        return SCHEMA

    async def cached_as(self, table: str) -> str:
        return table

    async def list_names(self, list_id: int) -> tuple[str, ...]:
        return self.lists[list_id - 1]

    async def list_id(self, names: tuple[str, ...], _owner: str = "") -> int:
        if names not in self.lists:
            self.lists.append(names)
        return self.lists.index(names) + 1


def projection(paths: Sequence[Sequence[str | int]]) -> bytes:
    """A projection as clients send it."""
    trees = [cbor.array([cbor.integer(_PATH), *map(_part, path)]) for path in paths]
    return cbor.array([cbor.integer(1), cbor.array(trees)])


def _part(part: str | int) -> bytes:
    return (
        cbor.text(part) if isinstance(part, str) else cbor.head(6, _LIST_INDEX) + cbor.integer(part)
    )
