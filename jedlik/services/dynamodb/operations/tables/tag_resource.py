"""TagResource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.attachments.tags import (
    TagChange,
    check_tagged_arn,
    checked,
    find_tagged,
)
from jedlik.services.dynamodb.database.database import Database

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import TagResourceInput


async def tag_resource(database: Database, payload: TagResourceInput) -> Body:
    """Add tags to a table or stream, or change the values of existing tags."""
    arn = payload["ResourceArn"]
    check_tagged_arn(database.arns, arn)
    if not payload["Tags"]:
        raise ValidationException("Atleast one Tag needs to be provided as Input.")
    tags = checked(payload["Tags"])
    resource = await find_tagged(database, arn, changing=True)
    await database.engine.write(TagChange(resource, lambda before: {**before, **tags}))
    return b""
