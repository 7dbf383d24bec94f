"""ListBulkOperations."""

from __future__ import annotations

from typing import Any, Final

from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.bulk.kept import BULK_OPERATIONS, summarized
from jedlik.services.dynamodb.tables.database import Database

_PAGE: Final = 10
_TOKEN_BYTES: Final = 24
"""The model wants tokens in multiples of 16 digits of hex; ids have 23 characters."""


async def list_bulk_operations(database: Database, payload: Payload) -> Body:
    """Bulk operations of the last 90 days, the latest first."""
    found = await BULK_OPERATIONS.all(database)
    token = payload.get("NextToken")
    if token is not None:
        last = _last(token)
        found = [each for each in found if each.id < last]
    limit = payload.get("MaxResults") or _PAGE
    answer: dict[str, Any] = {
        "BulkOperationsSummaryList": [summarized(database.names, each) for each in found[:limit]]
    }
    if len(found) > limit:
        answer["NextToken"] = found[limit - 1].id.ljust(_TOKEN_BYTES).encode().hex()
    return answer


def _last(token: str) -> str:
    """The id of the last operation of the page that a token follows."""
    try:
        return bytes.fromhex(token).decode("ascii").strip()
    except ValueError:
        raise ValidationException(
            f"Invalid Request: Provided nextToken is invalid: {token}"
        ) from None
