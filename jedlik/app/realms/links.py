"""Links between the regions of one process: what one calls of another is called directly."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.replication.local_link import LocalLink


def link_regions(database: Database, regions: Sequence[Database]) -> None:
    """Give a region the links to the others of its account."""
    others = (each for each in regions if each is not database)
    database.links = {
        **database.links,
        **{other.arns.region: LocalLink(other, handle_later) for other in others},
    }
    database.write_everywhere = write_everywhere_later


async def write_everywhere_later(database: Database, writes: Any, make_task: Any) -> Any:
    """Write items of tables that are strongly consistent over regions; loaded by the first."""
    module = importlib.import_module("jedlik.services.dynamodb.replication.strong_writes")
    return await module.write_everywhere(database, writes, make_task)


async def handle_later(database: Database, message: dict[str, Any]) -> dict[str, Any]:
    """Carry out another region's request; loaded by the first one."""
    module = importlib.import_module("jedlik.services.dynamodb.operations.global_tables.control")
    answer: dict[str, Any] = await module.handle(database, message)
    return answer
