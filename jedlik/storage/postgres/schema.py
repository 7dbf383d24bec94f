"""The tables: made by the first node, migrated once, checked by all.

Several nodes may start together. `CREATE TABLE IF NOT EXISTS` may fail if another node makes the
same table at that moment; then it is retried. The version is a row that migrations hold locked.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from jedlik.storage.failures import StorageFailure, StorageUnavailable
from jedlik.storage.postgres.connections import Conflict, Connection
from jedlik.storage.postgres.statements import NOTES, SCHEMA, TUNING, VERSION_NOTE

log = logging.getLogger(__name__)

VERSION: Final = 2
"""2: the tables of 1, and a store with due work, which nodes that only know 1 would not store."""
ATTEMPTS: Final = 20

_FIND: Final = f"SELECT value FROM {NOTES} WHERE name = $1"
_PUT: Final = f"INSERT INTO {NOTES} (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING"
_RAISE: Final = f"UPDATE {NOTES} SET value = $2 WHERE name = $1 AND value = $3"


class SchemaTooNew(Exception):
    """The tables were made by a later version of Jedlik."""


async def prepare(connection: Connection) -> None:
    """Make the tables, or check the existing ones. Raises SchemaTooNew, ConnectionLost, or
    StorageUnavailable if the user may not make them."""
    if await _version(connection) is None:
        await _make(connection)
    version = await _version(connection)
    if version is not None and version < VERSION:
        await connection.fetch(_RAISE, VERSION_NOTE, b"%d" % VERSION, b"%d" % version)
        version = await _version(connection)
    if version is None or version > VERSION:
        raise SchemaTooNew(
            f"the database's tables have version {version}, this Jedlik knows up to {VERSION}; "
            "run the newer Jedlik that made them"
        )


async def _version(connection: Connection) -> int | None:
    try:
        stored = await connection.value(_FIND, VERSION_NOTE)
    except StorageUnavailable:
        return None  # the table is missing, which shows only in an error
    return None if stored is None else int(stored)


async def _make(connection: Connection) -> None:
    for attempt in range(ATTEMPTS):
        try:
            for statement in SCHEMA:
                await connection.run(statement)
            if await connection.fetch(_PUT + " RETURNING 1", VERSION_NOTE, b"%d" % VERSION):
                await _tune(connection)
        except (StorageFailure, Conflict):
            if attempt == ATTEMPTS - 1:
                raise
            await asyncio.sleep(0.02 * attempt)
        else:
            return


async def _tune(connection: Connection) -> None:
    for statement in TUNING:
        try:
            await connection.run(statement)
        except (StorageFailure, Conflict) as error:
            log.debug("not tuned: %s", error)
