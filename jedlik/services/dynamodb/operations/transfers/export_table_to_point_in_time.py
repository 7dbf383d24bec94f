"""ExportTableToPointInTime."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from jedlik.base.errors import (
    AccessDeniedException,
    ExportConflictException,
    InvalidExportTimeException,
    TableNotFoundException,
    ValidationException,
)
from jedlik.base.limits import CLIENT_TOKEN_SECONDS
from jedlik.gateway.operation import Body, Payload
from jedlik.kernel.backup_keys import export_key
from jedlik.services.dynamodb.backups.arns import timed_id
from jedlik.services.dynamodb.backups.copy_source import (
    CopySource,
    begin_copy,
    fixed_moment,
    new_data,
)
from jedlik.services.dynamodb.backups.encryption import data_key_like
from jedlik.services.dynamodb.backups.model import CopyJob
from jedlik.services.dynamodb.backups.moments import MICROSECONDS
from jedlik.services.dynamodb.backups.recovery import (
    latest_restorable,
    recoverable_table,
    recovery_of,
)
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.tables.change_log import LogUser
from jedlik.services.dynamodb.tables.model import Table
from jedlik.services.dynamodb.tables.unavailable import unavailable
from jedlik.services.dynamodb.transfers.exports import EXPORTS, export_description
from jedlik.services.dynamodb.transfers.filtering import check_filter
from jedlik.services.dynamodb.transfers.model import INCREMENTAL_EXPORT, Export

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import ExportTableToPointInTimeInput

MIN_WINDOW: Final = 15 * 60.0
MAX_WINDOW: Final = 24 * 3600.0
"""Seconds of an incremental export, from ExportFromTime to ExportToTime."""

Window = tuple[float | None, float | None]
"""The moments from which (None: a full one) and to which (None: the commit's) an export goes."""


async def export_table_to_point_in_time(
    database: Database, payload: ExportTableToPointInTimeInput
) -> Body:
    """Export a table as it was at a moment, or its changes between two moments, to a bucket.

    Raises TableNotFoundException, PointInTimeRecoveryUnavailableException,
    InvalidExportTimeException, ExportConflictException. Errors of the bucket appear as the export's
    failure.
    """
    name = _checked(database, payload)
    table = await database.catalog.current(name)
    # This operation names the table like the request, by its ARN (answers of the service).
    before = recoverable_table(database, table, payload["TableArn"])
    repeated = await _repeated(database, payload)
    if repeated is not None:
        return {"ExportDescription": export_description(database.arns, repeated)}
    specification = payload.get("FilterSpecification")
    if specification is not None:
        check_filter(specification, before.schema)
    now = database.clock.now()
    begin, moment = _window(database, payload, before, now)
    source = await CopySource.read(database, before)
    data_key = await data_key_like(database, source.ring, name)
    export_id = timed_id(now, database.ids.secret(4).hex())
    job_id = database.ids.uuid()

    def decide(draft: CatalogDraft) -> Export:
        table = source.locked(draft, now)
        recovery_of(table)
        assert table.log is not None
        fixed = fixed_moment(draft, table.id, table.log, now, moment)
        # The end of an incremental export is exclusive, its beginning inclusive.
        since = fixed.time if begin is None else fixed.time - 1
        data_id = new_data(draft, name, data_key, export_id)
        export = _new_export(table, payload, export_id, data_id, now, (begin, moment))
        first = since if begin is None else round(begin * MICROSECONDS) - 1
        log = table.log.with_user(LogUser(export_id, first))
        draft.values[export_key(export_id, name)] = export.encode()
        begin_copy(draft, table, log, fixed, _copying(export, job_id, since))
        return export

    export = await database.catalog.change((name,), decide, also_read=source.also_read)
    database.wake_workers()
    return {"ExportDescription": export_description(database.arns, export)}


def _new_export(
    table: Table, payload: Payload, export_id: str, data_id: int, now: float, window: Window
) -> Export:
    assert table.log is not None
    begin, moment = window
    return Export(
        id=export_id,
        table_name=table.name,
        table_id=table.id,
        table_uuid=table.uuid,
        key_names=table.schema.names,
        data_id=data_id,
        log=table.log.id,
        request=payload,
        start=round(now, 3),
        moment=round(now if moment is None else moment, 3),
        from_moment=begin,
    )


def _copying(export: Export, job_id: str, since: int) -> CopyJob:
    """The job that copies the items to the export's id, as they were after `since`
    (microseconds)."""
    return CopyJob(
        id=job_id,
        source=export.table_id,
        target=export.data_id,
        source_table=export.table_name,
        log=export.log,
        since=since,
        following=export.id,
    )


def _checked(database: Database, payload: Payload) -> str:
    """The table's name, after the checks that need only the request."""
    arn = payload["TableArn"]
    if database.arns.of_other_account(arn):
        raise AccessDeniedException("Access is denied")
    if database.arns.of_other_region(arn):
        raise TableNotFoundException(f"Table not found: {arn}")
    name = database.arns.table_of(arn)
    if name is None:
        if arn.startswith("arn:") and ":table/" in arn:
            raise ValidationException("Invalid Request: Table ARN is invalid.")
        raise ValidationException.of_values("tableArn is not a valid ARN")
    kind, given = payload.get("ExportType"), payload.get("IncrementalExportSpecification")
    if kind == INCREMENTAL_EXPORT:
        if given is None:
            raise ValidationException(
                "Invalid Request: Incremental Export Specification expected when export type is "
                "set as Incremental Export"
            )
        if given.get("ExportFromTime") is None:
            raise ValidationException(
                "Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification"
            )
    elif given is not None and kind is None:
        raise ValidationException(
            "Invalid Request: Export Type expected to be Incremental Export when incremental "
            "export specification is provided"
        )
    elif given is not None:
        raise ValidationException(
            "Invalid Request: When Export Type is Full Export , Incremental Export Specification "
            "should not be provided"
        )
    if payload.get("S3SseKmsKeyId") is not None and payload.get("S3SseAlgorithm") != "KMS":
        raise ValidationException(
            "Invalid Request: KMS Key Id is not supported for this encryption type"
        )
    if payload.get("S3SseAlgorithm") == "KMS":
        raise unavailable("S3SseAlgorithm KMS")
    return name


async def _repeated(database: Database, payload: Payload) -> Export | None:
    """The earlier export with the request's token."""
    token = payload.get("ClientToken")
    if token is None:
        return None
    for export in await EXPORTS.all(database):
        if export.start < database.clock.now() - CLIENT_TOKEN_SECONDS:
            return None
        if export.request.get("ClientToken") == token:
            if export.request == payload:
                return export
            raise ExportConflictException(
                "Export conflict: Duplicate request detected with conflicting parameters"
            )
    return None


def _window(database: Database, payload: Payload, table: Table, now: float) -> Window:
    """The window of an export. Raises InvalidExportTimeException."""
    given: dict[str, Any] | None = payload.get("IncrementalExportSpecification")
    if given is None:
        return None, _moment(database, payload.get("ExportTime"), table, now)
    begin, end = given["ExportFromTime"], given.get("ExportToTime")
    if begin < table.created_at:  # also checked for tables without recovery (observed)
        raise InvalidExportTimeException(
            "Incremental export period from time cannot be less than the table creation time : "
            f"{_in_words(table.created_at)}"
        )
    if end is not None and end > now:
        raise InvalidExportTimeException(
            "Incremental export period to time cannot be greater than the current time : "
            f"{_in_words(now)}"
        )
    recovery = recovery_of(table)
    earliest = recovery.earliest(now)
    end = latest_restorable(database, recovery, now) if end is None else end
    if end - begin < MIN_WINDOW:
        raise InvalidExportTimeException(
            "Difference between export period from time and export period to time is less than "
            "15 minutes"
        )
    if end - begin > MAX_WINDOW or begin < int(earliest):
        raise InvalidExportTimeException("Export Time is invalid")
    return begin, end


def _moment(database: Database, moment: float | None, table: Table, now: float) -> float | None:
    """The moment of a full export; None for the commit's."""
    recovery = recovery_of(table)
    earliest, latest = recovery.earliest(now), latest_restorable(database, recovery, now)
    if moment is None:
        return latest if database.restorable_delay else None
    if not int(table.created_at) <= moment <= now:
        raise InvalidExportTimeException("Export Time is invalid")
    if not int(earliest) <= moment <= latest:
        raise InvalidExportTimeException(
            "Point in Time Recovery is not available for specified export time"
        )
    return max(moment, earliest)


def _in_words(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"
