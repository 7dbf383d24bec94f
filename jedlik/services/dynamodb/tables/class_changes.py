"""How often the class of a table may be changed: so many times in so many days (developer guide,
"Table classes")."""

from __future__ import annotations

from typing import Final

from jedlik.base.limits import SECONDS_OF_CLASS_CHANGES, TABLE_CLASS_CHANGES
from jedlik.services.dynamodb.tables.model import Table

CLASS_CHANGES: Final = "TableClassChanges"
"""The name, among a table's settings, of the times of changes of the class; never shown."""
LIMITED: Final = (
    f"Updates to TableClass are limited to {TABLE_CLASS_CHANGES} times in "
    f"{SECONDS_OF_CLASS_CHANGES // 86400} day(s)"
)


def recent_class_changes(table: Table, now: float) -> list[float]:
    """The times of the changes that still count."""
    since = now - SECONDS_OF_CLASS_CHANGES
    return [moment for moment in table.settings.get(CLASS_CHANGES, ()) if moment > since]


def class_is_kept(table: Table, now: float) -> bool:
    """Whether the class cannot be changed for now."""
    return len(recent_class_changes(table, now)) >= TABLE_CLASS_CHANGES
