"""The catalog's version: how every process notices that what it caches has changed.

A process caches what it has used (tables, identities, keys) together with the version at which it
was read. Every read and every write of items reads that version too, in the same snapshot or under
the same lock. If it has moved on, `CatalogChanged` is raised, what was cached is dropped, and the
dispatcher runs the operation again from its start. So no worker and no node ever acts on outdated
tables or identities, and none has to be notified.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.storage.engine import Engine, Value

VERSION_SIZE: Final = 8

MAX_RESTARTS: Final = 100
"""How often a request is restarted because the catalog or the policies changed meanwhile. Each
restart means that another change succeeded; this many in a row mean a loop of changes."""


class CatalogChanged(Exception):
    """The catalog has moved on, so the operation has to be run again from its start."""


class ChecksCatalog:
    """A write task that raises CatalogChanged at any version but the one it was made for."""

    __slots__ = ()


def next_version(version: Value) -> bytes:
    """The catalog version that follows `version`."""
    return (int.from_bytes(version or b"", "big") + 1).to_bytes(VERSION_SIZE, "big")


class CatalogVersion:
    """The version as this process knows it. `moved` is called when it has changed."""

    def __init__(self, engine: Engine, moved: Callable[[], None] = lambda: None) -> None:
        self._engine = engine
        self._moved = moved
        self.version: Value = None

    def move_to(self, version: Value) -> None:
        """Accept `version`, which was just read, as the newest one."""
        if version != self.version:
            self.version = version
            self._moved()

    async def refresh(self) -> None:
        """Read the version again."""
        (version,) = await self._engine.read((CATALOG_VERSION,))
        self.move_to(version)
