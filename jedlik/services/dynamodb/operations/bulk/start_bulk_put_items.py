"""StartBulkPutItems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from jedlik.base.errors import (
    IdempotentParameterMismatchException,
    LimitExceededException,
    ResourceInUseException,
    ValidationException,
)
from jedlik.base.limits import CLIENT_TOKEN_SECONDS
from jedlik.gateway.operation import Body, Payload
from jedlik.kernel.backup_keys import bulk_operation_key
from jedlik.services.dynamodb.backups.arns import timed_id
from jedlik.services.dynamodb.bulk.model import GOING_ON, BulkOperation
from jedlik.services.dynamodb.bulk.operations import BULK_OPERATIONS, bulk_operation_description
from jedlik.services.dynamodb.bulk.put_work import bulk_put_job
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.tables.model import ACTIVE, Table
from jedlik.services.dynamodb.tables.unavailable import unavailable

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import StartBulkPutItemsInput

MAX_OPERATIONS: Final = 50


async def start_bulk_put_items(database: Database, payload: StartBulkPutItemsInput) -> Body:
    """Begin to write the items of a bucket's objects into a table, while it is in use.

    Raises ResourceNotFoundException, ResourceInUseException, LimitExceededException and
    IdempotentParameterMismatchException. Errors of the buckets or the objects appear as the
    operation's failure, or in its report.
    """
    _check(payload)
    name = database.arns.table_name(payload["TableName"])
    known = await BULK_OPERATIONS.all(database)
    now = database.clock.now()
    repeated = _repeated(known, payload, now)
    if repeated is not None:
        return _answer(database, repeated, await database.catalog.current(repeated.table_name))
    if sum(each.status in GOING_ON for each in known) >= MAX_OPERATIONS:
        raise LimitExceededException(
            f"Subscriber limit exceeded: Only {MAX_OPERATIONS} bulk operations can be done "
            "simultaneously"
        )
    operation_id = timed_id(now, database.ids.secret(4).hex())

    def decide(draft: CatalogDraft) -> Body:
        table = draft.existing(name)
        building = any(index.status(now) != ACTIVE for index in table.all_indexes)
        if table.status(now) != ACTIVE or building:
            raise ResourceInUseException(
                f"Attempt to change a resource which is still in use: Table: {name} is being "
                "updated, or an index of it built"
            )
        operation = BulkOperation(
            id=operation_id,
            table_name=name,
            table_id=table.id,
            table_uuid=table.uuid,
            request=payload,
            start=round(now, 3),
        )
        draft.values[bulk_operation_key(operation_id, name)] = operation.encode()
        draft.values.update(bulk_put_job(operation_id, name, now).puts())
        return _answer(database, operation, table)

    answer = await database.catalog.change((name,), decide)
    database.wake_workers()
    return answer


def _answer(database: Database, operation: BulkOperation, table: Table | None) -> Body:
    description = bulk_operation_description(database.arns, operation, table)
    return {"BulkOperationDescription": description}


def _repeated(known: Sequence[BulkOperation], payload: Payload, now: float) -> BulkOperation | None:
    """The earlier operation with the request's token. Raises IdempotentParameterMismatchException
    if its request was another one."""
    token = payload.get("ClientToken")
    if token is None:
        return None
    for each in known:
        if each.start >= now - CLIENT_TOKEN_SECONDS and each.request.get("ClientToken") == token:
            if each.request != payload:
                raise IdempotentParameterMismatchException
            return each
    return None


def _check(payload: Payload) -> None:
    """Refuse a request that is invalid by itself."""
    output = payload["OutputS3Configuration"]
    if output.get("S3Bucket") is None:
        raise ValidationException("Invalid Request: OutputS3Configuration needs an S3Bucket")
    if output.get("S3SseKmsKeyId") is not None and output.get("S3SseAlgorithm") != "KMS":
        raise ValidationException(
            "Invalid Request: KMS Key Id is not supported for this encryption type"
        )
    if output.get("S3SseAlgorithm") == "KMS":
        raise unavailable("S3SseAlgorithm KMS")
