"""UntagResource."""

from __future__ import annotations

from jedlik.base.errors import ValidationException
from jedlik.database.database import Database
from jedlik.database.resources import Tags
from jedlik.database.tags import TagChange, check_arn, check_count, check_key, find_tagged
from jedlik.operations.operation import Body, Payload


async def untag_resource(database: Database, payload: Payload) -> Body:
    """Take tags from a table or stream; those it does not have do no harm."""
    arn, keys = payload["ResourceArn"], payload["TagKeys"]
    check_arn(database.names, arn)
    if not keys:
        raise ValidationException("Atleast one Tag Key needs to be provided as Input.")
    for key in keys:
        check_key(key)
    check_count(keys)
    resource = await find_tagged(database, arn)

    def without(before: Tags) -> Tags:
        return {key: value for key, value in before.items() if key not in keys}

    await database.engine.write(TagChange(resource, without))
    return {}
