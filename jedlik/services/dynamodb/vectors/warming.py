"""Loading, when a server starts, the partitions that were searched before it ended (see `in_use`).

It is done in the background, and requests go first; a search that comes meanwhile waits for the
rest. Partitions that were not searched are not loaded, and small ones are read too fast to be
noticed. Only the names of partitions are saved, not the bits and lists, since reading those again
would not take less time than making them.
"""

from __future__ import annotations

import logging
from typing import Final

from jedlik.base.errors import ServiceError
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.tables.model import ACTIVE
from jedlik.services.dynamodb.vectors.held import HeldVectors
from jedlik.services.dynamodb.vectors.in_use import PartitionInUse, partitions_in_use
from jedlik.services.dynamodb.vectors.search import held_vectors
from jedlik.storage.failures import StorageFailure

_FULL: Final = 0.9
"""Once so much of the memory is used, nothing more is loaded without a search."""

_log = logging.getLogger(__name__)


async def warm(database: Database) -> None:
    """Load the partitions that were recently in use, as long as there is memory."""
    held = await held_vectors(database)
    if held is None:
        return
    try:
        for partition in await partitions_in_use(database):
            if held.memory.used > _FULL * held.memory.limit:
                return
            await _load(database, held, partition)
    except (CatalogChanged, ServiceError, StorageFailure) as error:
        _log.warning("vectors are not loaded before they are searched: %s", error)


async def _load(database: Database, held: HeldVectors, partition: PartitionInUse) -> None:
    table = await database.catalog.find(partition.table)
    for index in () if table is None else table.vectors:
        assert table is not None
        if partition.is_of(table, index) and index.model.status(database.clock.now()) == ACTIVE:
            await held.index(table, index).load(table, partition.hash)
