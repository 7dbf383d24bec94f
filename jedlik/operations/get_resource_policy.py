"""GetResourcePolicy."""

from __future__ import annotations

from jedlik.database.database import Database
from jedlik.database.resource_policies import not_found, table_id
from jedlik.operations.operation import Body, Payload


async def get_resource_policy(database: Database, payload: Payload) -> Body:
    """A table's resource policy and its revision."""
    arn = payload["ResourceArn"]
    table = await table_id(database, arn)
    policy = (await database.identities.refresh()).resource_policies.get(table)
    if policy is None:
        raise not_found(arn)
    return {"Policy": policy.text, "RevisionId": policy.revision}
