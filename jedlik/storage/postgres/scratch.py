"""A schema for tests in a database that may be in use; it is dropped at their end."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlencode

from jedlik.storage.failures import EngineUnusable, StorageFailure
from jedlik.storage.postgres.connections import Conflict, Connection, ConnectionLost
from jedlik.storage.postgres.engine import PostgresEngine

SETTINGS = ("server_version", "fsync", "synchronous_commit", "synchronous_standby_names")
"""Settings that determine how durable a commit is."""


@asynccontextmanager
async def scratch_schema(url: str) -> AsyncIterator[str]:
    """The connection string of a new schema. Raises EngineUnusable."""
    name = f"jedlik_check_{secrets.token_hex(4)}"
    owner = PostgresEngine(url, connections=1)
    try:
        await owner.administer(lambda connection: connection.run(f"CREATE SCHEMA {name}"))
        try:
            separator = "&" if "?" in url else "?"
            yield f"{url}{separator}{urlencode({'search_path': name})}"
        finally:
            await owner.administer(lambda connection: connection.run(f"DROP SCHEMA {name} CASCADE"))
    finally:
        await owner.close()


async def durability(url: str) -> dict[str, str]:
    """The settings on which durability depends, as far as the database has them."""
    found = {}
    engine = PostgresEngine(url, connections=1)

    async def look(connection: Connection) -> None:
        for name in SETTINGS:
            try:
                found[name] = str(await connection.value("SELECT current_setting($1)", name))
            except (StorageFailure, Conflict):
                continue

    try:
        await engine.administer(look)
    except (ConnectionLost, StorageFailure) as error:
        raise EngineUnusable(str(error)) from error
    finally:
        await engine.close()
    return found
