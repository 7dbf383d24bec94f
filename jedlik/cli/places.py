"""Where data are: a data directory, or a shared engine by its URL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from jedlik.storage.directory import holds_data
from jedlik.storage.engine import Engine
from jedlik.storage.failures import DataDirectoryError
from jedlik.storage.open import StorageSettings, open_storage

if TYPE_CHECKING:
    from jedlik.kms.root_key import RootKey

SCHEMES = ("postgresql://", "postgres://")


def is_url(place: str) -> bool:
    """Whether this names a shared engine."""
    return place.startswith(SCHEMES)


def without_password(url: str) -> str:
    """A connection string to show: neither its user's password nor its parameters."""
    scheme, _, rest = url.partition("://")
    place = rest.partition("?")[0]
    user, at, host = place.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}{at}{host}"


def must_hold_data(place: str) -> None:
    """Raise DataDirectoryError for a directory without data."""
    if not is_url(place) and not holds_data(Path(place)):
        raise DataDirectoryError(f"{place} holds no data of Jedlik's")


@asynccontextmanager
async def opened(place: str, key: RootKey | None = None) -> AsyncIterator[Engine]:
    """The engine of a place; `key` is the root key of a directory.

    Raises DataDirectoryError or EngineUnusable.
    """
    url = is_url(place)
    storage = open_storage(
        StorageSettings(engine=place) if url else StorageSettings(Path(place), root_key=key)
    )
    try:
        await storage.start()
        yield storage.engine
    finally:
        await storage.close()
