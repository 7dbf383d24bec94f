"""UntagResource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.base.errors import ValidationException
from jedlik.base.limits import MAX_EXAMINED_PARTS
from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.attachments.tags import (
    TagChange,
    check_count,
    check_key,
    check_tagged_arn,
    find_tagged,
)
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.resources import Tags

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import UntagResourceInput


async def untag_resource(database: Database, payload: UntagResourceInput) -> Body:
    """Remove tags from a table or stream; missing ones are ignored."""
    arn, keys = payload["ResourceArn"], payload["TagKeys"]
    check_tagged_arn(database.arns, arn)
    if not keys:
        raise ValidationException("Atleast one Tag Key needs to be provided as Input.")
    if len(keys) <= MAX_EXAMINED_PARTS:
        for key in keys:
            check_key(key)
    check_count(keys)
    resource = await find_tagged(database, arn, changing=True)

    def without(before: Tags) -> Tags:
        return {key: value for key, value in before.items() if key not in keys}

    await database.engine.write(TagChange(resource, without))
    return b""
