"""A new index of a provisioned table with replicas, by UpdateTable: see
`global_tables.write_scaling`, which is loaded by the first such table."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Final

from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.tables.index_changes import IndexChange
from jedlik.services.dynamodb.tables.model import PROVISIONED, Table

_SCALING: Final = "jedlik.services.dynamodb.operations.global_tables.write_scaling"


def _new_index(table: Table | None, changes: Sequence[IndexChange]) -> str | None:
    if table is None or table.replication is None or table.billing_mode != PROVISIONED:
        return None
    return next((each.name for each in changes if each.action == "Create"), None)


async def check_new_index(database: Database, name: str, changes: Sequence[IndexChange]) -> None:
    """Raise ValidationException if a table may not get an index because its write capacity is not
    auto scaled."""
    table = await database.catalog.current(name) if changes else None
    if table is not None and _new_index(table, changes) is not None:
        await importlib.import_module(_SCALING).check_scaling(database, table)


async def scale_new_index(database: Database, table: Table, changes: Sequence[IndexChange]) -> None:
    """Set up auto scaling of writes for the new index of such a table."""
    name = _new_index(table, changes)
    if name is not None:
        await importlib.import_module(_SCALING).scale_index(database, table, name)
