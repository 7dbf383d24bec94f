"""ListExports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.transfers.exports import EXPORTS
from jedlik.services.dynamodb.transfers.names import transfer_arn

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import ListExportsInput


async def list_exports(database: Database, payload: ListExportsInput) -> Body:
    """Exports of the last 90 days, latest first; those of a table only as long as it exists.

    Raises ValidationException.
    """
    exports = await EXPORTS.all(database)
    arn = payload.get("TableArn")
    if arn is not None:
        name = database.arns.table_of(arn)
        if name is None:
            raise ValidationException.of_values("tableArn is not a valid ARN")
        table = await database.catalog.current(name)
        uuid = None if table is None else table.uuid
        exports = [export for export in exports if export.table_uuid == uuid]
    page = EXPORTS.page(exports, payload.get("NextToken"), payload.get("MaxResults"))
    return {
        "ExportSummaries": [
            {
                "ExportArn": transfer_arn(database.arns, "export", export.table_name, export.id),
                "ExportStatus": export.status,
                "ExportType": export.kind,
            }
            for export in page.operations
        ],
        **page.token,
    }
