"""The beginning of a restore, whatever its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from jedlik.base.errors import LimitExceededException, ValidationException
from jedlik.kernel.keyspaces import BACKUP_JOBS
from jedlik.kernel.rows import all_rows
from jedlik.services.dynamodb.backups.model import decode_job
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.encryption import table_encryption
from jedlik.services.dynamodb.sealing.key_ring import DataKey, KeyRing
from jedlik.services.dynamodb.tables.descriptions import table_description
from jedlik.services.dynamodb.tables.model import Table
from jedlik.services.dynamodb.tables.restore import Restore

MAX_RESTORES: Final = 50


def is_elsewhere(database: Database, payload: Mapping[str, Any], arn: str) -> bool:
    """Whether a backup or table belongs to another region, from which this server cannot restore.

    Raises ValidationException if the request would be refused anyway.
    """
    if not database.arns.of_other_region(arn):
        return False
    if payload.get("SSESpecificationOverride") is None:
        raise ValidationException(
            "Invalid Request: sseSpecificationOverride must be provided for cross-region restores"
        )
    return True


async def check_restores(database: Database) -> None:
    """Refuse a restore if too many are under way ("Quotas": 50 at a time)."""
    jobs = await all_rows(database.store, BACKUP_JOBS)
    if sum(decode_job(job).target_table is not None for _, job in jobs) >= MAX_RESTORES:
        raise LimitExceededException(
            f"Subscriber limit exceeded: Only {MAX_RESTORES} restore operations can be done "
            "simultaneously"
        )


def begin_restore(
    draft: CatalogDraft, target: Table, restore: Restore, key: DataKey | None
) -> tuple[Table, KeyRing | None]:
    """The table to fill, put in the draft, and its key ring."""
    table, ring = table_encryption.with_ids(draft, replace(target, restore=restore), key)
    draft.put(table)
    return table, ring


def restore_answer(database: Database, table: Table, ring: KeyRing | None) -> dict[str, Any]:
    """The answer of both operations, after the workers were woken."""
    database.wake_workers()
    encryption = table_encryption.shown(database.arns, ring)
    now = database.clock.now()
    return {"TableDescription": table_description(table, database.arns, now, encryption=encryption)}
