"""PutResourcePolicy."""

from __future__ import annotations

from jedlik.database.database import Database
from jedlik.database.resource_policies import change_policy, check_text
from jedlik.model.identity import ResourcePolicy
from jedlik.operations.operation import Body, Payload


async def put_resource_policy(database: Database, payload: Payload) -> Body:
    """Set a table's resource policy. The same policy again keeps its revision."""
    text = payload["Policy"]
    check_text(text)
    revision = int(database.clock.now() * 1000)

    def decide(old: ResourcePolicy | None) -> ResourcePolicy:
        if old is not None and old.text == text:
            return old
        last = 0 if old is None else int(old.revision)
        return ResourcePolicy(text, str(max(revision, last + 1)))

    expected = payload.get("ExpectedRevisionId")
    _, new = await change_policy(database, payload["ResourceArn"], expected, decide)
    assert new is not None
    return {"RevisionId": new.revision}
