"""DeleteResourcePolicy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.attachments.resource_policies import change_policy
from jedlik.services.dynamodb.database.database import Database

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import DeleteResourcePolicyInput


async def delete_resource_policy(database: Database, payload: DeleteResourcePolicyInput) -> Body:
    """Remove the policy of a table or stream, which may be missing unless a revision is given."""
    expected = payload.get("ExpectedRevisionId")
    old, _ = await change_policy(database, payload["ResourceArn"], expected, lambda _old: None)
    return {} if old is None else {"RevisionId": old.revision}
