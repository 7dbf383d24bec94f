"""DeleteResourcePolicy."""

from __future__ import annotations

from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.dynamodb.tables.resource_policies import change_policy


async def delete_resource_policy(database: Database, payload: Payload) -> Body:
    """Remove the policy of a table or stream; it may be gone already but for a given revision."""
    expected = payload.get("ExpectedRevisionId")
    old, _ = await change_policy(database, payload["ResourceArn"], expected, lambda _old: None)
    return {} if old is None else {"RevisionId": old.revision}
