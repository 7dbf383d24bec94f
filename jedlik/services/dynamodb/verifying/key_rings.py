"""Checks of tables' key rings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jedlik.kernel.findings import Report
from jedlik.services.dynamodb.sealing.key_ring import KeyRing, decode_ring
from jedlik.services.dynamodb.tables.model import Table


def decoded_ring(table_id: int, value: bytes, found: Report) -> KeyRing | None:
    """The key ring of a table; None if it is unreadable."""
    place = f"key ring of table id {table_id}"
    try:
        ring = decode_ring(value)
        numbers = [len(key.message) and key.number for key in ring.keys]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        found(place, f"cannot be read: {error!r}")
        return None
    if ring.table_id != table_id:
        found(place, f"is that of table id {ring.table_id}")
    if len(set(numbers)) < len(numbers) or (ring.sealing is not None and ring.current is None):
        found(place, "does not have the data keys that it says")
    return ring


def check_rings_of_tables(
    tables: Iterable[Table], rings: Mapping[int, KeyRing], re_encryptions: set[int], found: Report
) -> None:
    """Compare the key rings with their tables' descriptions."""
    for table in tables:
        place = f"table {table.name}"
        if table.sealed and table.id not in rings:
            found(place, "is sealed, and has no key ring")
        elif table.id in rings and not table.sealed:
            found(place, "has a key ring, and is not sealed")
    for table_id in re_encryptions - rings.keys():
        found(f"re-encryption of table id {table_id}", "there is no key ring of that table")
