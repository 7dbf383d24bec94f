"""The keys of backups and restored tables, each of which has its own key ring.

A backup is sealed under the key that its table had when the backup was made, with its own data key.
So it does not depend on later changes of the table.
"""

from __future__ import annotations

from typing import Any

from jedlik.gateway.operation import Payload
from jedlik.kernel.keyspaces import key_ring_key
from jedlik.services.dynamodb.backups.deletion import shown_master
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.encryption.table_encryption import (
    check_specification,
    new_data_key,
)
from jedlik.services.dynamodb.sealing.key_ring import DataKey, KeyRing, encode
from jedlik.services.dynamodb.tables.model import Table


async def ring_of(database: Database, table: Table) -> KeyRing | None:
    """A table's key ring; AccessDeniedException if its keys may not be used."""
    if not table.sealed:
        return None
    snapshot = await database.current_rings()
    snapshot.check(table.id)
    ring = snapshot.rings.get(table.id)
    return None if ring is None else ring.model


def _under(master: str | None) -> dict[str, Any] | None:
    """The SSESpecification that names a key by its id."""
    if master is None:
        return None
    return {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": master}


async def data_key_like(
    database: Database, ring: KeyRing | None, table_name: str
) -> DataKey | None:
    """A new data key under the key that encrypts a table; None if it needs none."""
    return await new_data_key(database, _under(shown_master(ring)), table_name)


def put_ring(draft: CatalogDraft, data_id: int, table_name: str, key: DataKey | None) -> None:
    """Note the key ring of a copy of a table's items, if they must be sealed."""
    if key is not None:
        ring = KeyRing(data_id, table_name, (key,), key.number)
        draft.values[key_ring_key(data_id)] = encode(ring)


async def target_data_key(
    database: Database, payload: Payload, master: str | None
) -> DataKey | None:
    """The data key of a table that is restored: under the requested key, or else that of the
    source.

    Raises ValidationException if that one cannot be used.
    """
    specification = payload.get("SSESpecificationOverride")
    if specification is None:
        specification = _under(master)
    check_specification(specification)
    return await new_data_key(database, specification, payload["TargetTableName"])
