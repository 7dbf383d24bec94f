"""PutResourcePolicy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.attachments.resource_policies import (
    change_policy,
    check_place,
    checked_text,
    first_policy,
)
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.iam.model import ResourcePolicy

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import PutResourcePolicyInput


async def put_resource_policy(database: Database, payload: PutResourcePolicyInput) -> Body:
    """Set the resource policy of a table or stream. The same policy again keeps its revision."""
    check_place(database.arns, payload["ResourceArn"])
    named = database.arns.resource(payload["ResourceArn"])
    of_stream = named is not None and named[1] is not None
    text = checked_text(payload["Policy"], of_stream=of_stream)
    first = first_policy(text, database.clock.now())

    def decide(old: ResourcePolicy | None) -> ResourcePolicy:
        if old is not None and old.text == text:
            return old
        if old is None:
            return first
        return ResourcePolicy(text, str(max(int(first.revision), int(old.revision) + 1)))

    expected = payload.get("ExpectedRevisionId")
    _, new = await change_policy(database, payload["ResourceArn"], expected, decide)
    assert new is not None
    return {"RevisionId": new.revision}
