"""GetResourcePolicy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.attachments.resource_policies import find_policy_resource, not_found
from jedlik.services.dynamodb.database.database import Database

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import GetResourcePolicyInput


async def get_resource_policy(database: Database, payload: GetResourcePolicyInput) -> Body:
    """The resource policy of a table or stream, and its revision."""
    arn = payload["ResourceArn"]
    resource = await find_policy_resource(database, arn)
    policy = (await database.identities.refresh()).resource_policies.get(resource.id)
    if policy is None:
        raise not_found(arn)
    return {"Policy": policy.text, "RevisionId": policy.revision}
