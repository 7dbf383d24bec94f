"""PutResourcePolicy."""

from __future__ import annotations

from jedlik.database.database import Database
from jedlik.database.resource_policies import change_policy, check_text, first_policy
from jedlik.model.identity import ResourcePolicy
from jedlik.operations.operation import Body, Payload


async def put_resource_policy(database: Database, payload: Payload) -> Body:
    """Set the resource policy of a table or stream. The same policy again keeps its revision."""
    text = payload["Policy"]
    check_text(text)
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
