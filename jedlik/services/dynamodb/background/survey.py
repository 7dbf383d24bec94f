"""What background work there is, found without reading the whole catalog every second.

The catalog is scanned only after a change that created or ended such work (`Table.work`); a server
without work reads one record and one empty range per round, whatever else changes.
"""

from __future__ import annotations

from typing import NamedTuple

from jedlik.kernel.keyspaces import PURGES, TABLES_WORK, ids_of
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.tables.model import DELETING, Table, may_have_work
from jedlik.storage.engine import Value
from jedlik.values.keybytes import successor


class Backfill(NamedTuple):
    """An index that is to be backfilled."""

    table_name: str
    index_id: int
    table_id: int


class Deletion(NamedTuple):
    """A table, or an index of it, whose deletion will be over at some time."""

    table_name: str
    until: float


class Purge(NamedTuple):
    """What is left of a deleted table (index id 0) or index."""

    table_id: int
    index_id: int


class Survey:
    """The work in the catalog at one version."""

    def __init__(self) -> None:
        self._version: Value = b"none yet"
        self.backfills: list[Backfill] = []
        self.deletions: list[Deletion] = []

    async def refresh(self, database: Database) -> None:
        """Scan the catalog again if its work has changed."""
        (version,) = await database.engine.read((TABLES_WORK,))
        if version == self._version:
            return
        backfills: list[Backfill] = []
        deletions: list[Deletion] = []
        for table in await database.catalog.where(may_have_work):
            _note(table, backfills, deletions)
        self.backfills, self.deletions = backfills, deletions
        self._version = version

    def due_deletions(self, now: float) -> list[Deletion]:
        """Deletions that are over."""
        return [deletion for deletion in self.deletions if deletion.until <= now]


def _note(table: Table, backfills: list[Backfill], deletions: list[Deletion]) -> None:
    own = table.transition
    if own is not None and own.status == DELETING:
        deletions.append(Deletion(table.name, own.until))
        return
    for index in table.all_indexes:
        if index.backfilling:
            backfills.append(Backfill(table.name, index.id, table.id))
        elif index.transition is not None and index.transition.status == DELETING:
            deletions.append(Deletion(table.name, index.transition.until))


async def next_purge(database: Database) -> Purge | None:
    """The first purge that is due."""
    page = await database.engine.range(PURGES, successor(PURGES), limit=1)
    return Purge(*ids_of(page.rows[0][0])) if page.rows else None
