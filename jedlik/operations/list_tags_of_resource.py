"""ListTagsOfResource."""

from __future__ import annotations

from jedlik.base.errors import ValidationException
from jedlik.database.database import Database
from jedlik.database.keyspaces import tags_key
from jedlik.database.tags import find_tagged, parse
from jedlik.operations.operation import Body, Payload


async def list_tags_of_resource(database: Database, payload: Payload) -> Body:
    """All tags of a table. There are never more than fit one page, so no token is ever given."""
    if payload.get("NextToken") is not None:
        raise ValidationException("Invalid NextToken")
    table = await find_tagged(database.catalog, database.names, payload["ResourceArn"])
    (stored,) = await database.engine.read((tags_key(table.id),))
    return {"Tags": [{"Key": key, "Value": value} for key, value in parse(stored).items()]}
