"""UntagResource."""

from __future__ import annotations

from jedlik.base.errors import ValidationException
from jedlik.database.database import Database
from jedlik.database.tags import TagChange, Tags, check_count, check_key, find_tagged, tagged_table
from jedlik.operations.operation import Body, Payload


async def untag_resource(database: Database, payload: Payload) -> Body:
    """Take tags from a table; those it does not have do no harm."""
    arn, keys = payload["ResourceArn"], payload["TagKeys"]
    tagged_table(database.names, arn)
    if not keys:
        raise ValidationException("Atleast one Tag Key needs to be provided as Input.")
    for key in keys:
        check_key(key)
    check_count(keys)
    table = await find_tagged(database.catalog, database.names, arn)

    def without(before: Tags) -> Tags:
        return {key: value for key, value in before.items() if key not in keys}

    await database.engine.write(TagChange(table, without))
    return {}
