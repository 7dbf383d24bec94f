"""ImportTable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from jedlik.base.errors import (
    ImportConflictException,
    LimitExceededException,
    ResourceInUseException,
    ValidationException,
)
from jedlik.base.limits import CLIENT_TOKEN_SECONDS
from jedlik.gateway.operation import Body
from jedlik.kernel.backup_keys import import_key
from jedlik.services.dynamodb.backups.arns import timed_id
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.encryption import table_encryption
from jedlik.services.dynamodb.operations.tables.create_table import new_table
from jedlik.services.dynamodb.transfers.import_work import import_job
from jedlik.services.dynamodb.transfers.imports import IMPORTS, import_description
from jedlik.services.dynamodb.transfers.input_items import CSV
from jedlik.services.dynamodb.transfers.model import IN_PROGRESS, Import

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import ImportTableInput

MAX_IMPORTS: Final = 50


async def import_table(database: Database, payload: ImportTableInput) -> Body:
    """Make a new table from the objects of a bucket; it is CREATING until all of them are read.

    Raises ResourceInUseException, LimitExceededException, ImportConflictException. Errors of the
    bucket or the objects appear as the import's failure.
    """
    if payload.get("InputFormatOptions") is not None and payload["InputFormat"] != CSV:
        raise ValidationException(
            "Invalid Request: Unsupported InputFormatOptions for the given input format: "
            f"{payload['InputFormat']}."
        )
    parameters = payload["TableCreationParameters"]
    table, _ = new_table(database, parameters)
    now = database.clock.now()
    known = await IMPORTS.all(database)
    repeated = await _repeated(database, known, payload.get("ClientToken"), table.name, now)
    if repeated is not None:
        return {"ImportTableDescription": import_description(database.arns, repeated)}
    if sum(each.status == IN_PROGRESS for each in known) >= MAX_IMPORTS:
        raise LimitExceededException(
            f"Subscriber limit exceeded: Only {MAX_IMPORTS} imports can be done simultaneously"
        )
    data_key = await table_encryption.new_data_key(
        database, parameters.get("SSESpecification"), table.name
    )
    import_id = timed_id(now, database.ids.secret(4).hex())

    def decide(draft: CatalogDraft) -> Import:
        if draft.table(table.name) is not None:
            raise _already_exists(table.name)
        created, _ = table_encryption.with_ids(draft, replace(table, importing=True), data_key)
        draft.put(created)
        found = Import(
            id=import_id,
            table_name=table.name,
            table_id=created.id,
            table_uuid=created.uuid,
            request=payload,
            start=round(now, 3),
        )
        draft.values[import_key(import_id, table.name)] = found.encode()
        draft.values.update(import_job(import_id, table.name, now).puts())
        return found

    found = await database.catalog.change((table.name,), decide)
    database.wake_workers()
    return {"ImportTableDescription": import_description(database.arns, found)}


async def _repeated(
    database: Database, known: Sequence[Import], token: str | None, table_name: str, now: float
) -> Import | None:
    """The earlier import with the request's token.

    While it is in progress, only another table's name is a conflict, and other changes are ignored.
    Once it has ended, the request conflicts with the table as long as that exists; after its
    deletion, the answer is still the old import (all observed).
    """
    if token is None:
        return None
    for each in known:
        if each.start < now - CLIENT_TOKEN_SECONDS:
            return None
        if each.request.get("ClientToken") != token:
            continue
        if each.table_name != table_name:
            raise ImportConflictException(
                "Import conflict: Duplicate request detected with conflicting parameters"
            )
        there = await database.catalog.current(table_name) is not None
        if there and each.status != IN_PROGRESS:
            raise _already_exists(table_name)
        return each
    return None


def _already_exists(name: str) -> ResourceInUseException:
    return ResourceInUseException(f"Table already exists: {name}")
