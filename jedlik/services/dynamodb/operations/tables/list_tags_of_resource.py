"""ListTagsOfResource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.gateway.operation import Body
from jedlik.kernel.keyspaces import tags_key
from jedlik.services.dynamodb.attachments.tags import find_tagged
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.resources import parse_tags

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import ListTagsOfResourceInput


async def list_tags_of_resource(database: Database, payload: ListTagsOfResourceInput) -> Body:
    """All tags of a table or stream: they always fit into one page, so no token is ever returned,
    and an invented one is ignored, as the service does."""
    resource = await find_tagged(database, payload["ResourceArn"])
    (stored,) = await database.engine.read((tags_key(resource.id),))
    return {"Tags": [{"Key": key, "Value": value} for key, value in parse_tags(stored).items()]}
