"""TagResource."""

from __future__ import annotations

from jedlik.base.errors import ValidationException
from jedlik.database.database import Database
from jedlik.database.tags import TagChange, checked, find_tagged, tagged_table
from jedlik.operations.operation import Body, Payload


async def tag_resource(database: Database, payload: Payload) -> Body:
    """Add tags to a table, or change the values of tags it has."""
    arn = payload["ResourceArn"]
    tagged_table(database.names, arn)
    if not payload["Tags"]:
        raise ValidationException("Atleast one Tag needs to be provided as Input.")
    tags = checked(payload["Tags"])
    table = await find_tagged(database.catalog, database.names, arn)
    await database.engine.write(TagChange(table, lambda before: {**before, **tags}))
    return {}
