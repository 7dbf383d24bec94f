"""What is decided at once is what is decided for good, and only by what is known to be current."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from jedlik.auth.identity import Identity
from jedlik.base.errors import AccessDeniedException
from jedlik.gateway.exchange import AccessPoint, Request
from jedlik.services.dynamodb.api.authorizer import TableAuthorizer
from jedlik.services.iam.model import ACTIVE, AccessKey, User
from jedlik.services.iam.store import Draft, Identities
from tests.control_plane import ControlPlane, attributes, index, on_demand

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/music"
IDENTITY = Identity("AKIAADA", "000000000000", "us-east-1", "dynamodb")
OWN = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "${aws:username}"}}


def allow(*actions: str, **members: Any) -> dict[str, Any]:
    named = [f"dynamodb:{action}" for action in actions]
    return {"Effect": "Allow", "Action": named, "Resource": f"{ARN}*", **members}


class Guarded(ControlPlane):
    """A table, a user called ada, and an authorizer that asks her policies."""

    def __init__(self) -> None:
        super().__init__()
        request = on_demand("music", "pk", "/sk")
        request["AttributeDefinitions"] = attributes("pk", "sk", "g")
        request["GlobalSecondaryIndexes"] = [index("by-g", "g")]
        self.call("CreateTable", **request)
        self.authorizer = TableAuthorizer(self.database, None)

    def policy(self, *statements: dict[str, Any]) -> None:
        """Give ada these statements; the authorizer's process learns of it as others would."""
        text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})

        def decide(_now: Identities, draft: Draft) -> None:
            draft.put(User("ada", "AIDAADA", "/", 0.0, inline={"own": text}))
            draft.put(AccessKey("AKIAADA", "ada", ACTIVE, 0.0, ""))

        here = self.database
        self.restart()
        self.run(self.database.identities.change(decide))
        self.database = here

    def asks(self, name: str, point: AccessPoint | None = None, **payload: Any) -> bool:
        """The decision for good; before and after it, what `permits` says must go with it."""
        request = Request(b"POST", b"/", {}, b"", b"", b"", "127.0.0.1", point=point)

        def at_once() -> bool:
            return self.authorizer.permits(request, IDENTITY, name, payload)

        self.run(self.database.identities.refresh())
        before = at_once()
        try:
            self.run(self.authorizer.authorize(request, IDENTITY, name, payload))
        except AccessDeniedException:
            assert not before
            assert not at_once()
            return False
        self.run(self.database.table("music"))
        assert at_once(), "by a plan"
        assert at_once(), "by what is kept of it"
        return True

    def get(self, pk: Any, **more: Any) -> bool:
        return self.asks("GetItem", TableName="music", Key={"pk": pk, "sk": {"S": "s"}}, **more)


@pytest.fixture
def guarded() -> Iterator[Guarded]:
    plane = Guarded()
    yield plane
    plane.close()


def test_conditions_are_tested_for_every_request(guarded: Guarded) -> None:
    guarded.policy(allow("GetItem", "Query", Condition=OWN))
    for _ in range(2):
        assert guarded.get({"S": "ada"})
        assert not guarded.get({"S": "eve"})
        assert not guarded.get({"N": "1"})
    query = {"TableName": "music", "KeyConditionExpression": "pk = :p"}
    for name, may in (("ada", True), ("eve", False), ("ada", True)):
        values = {":p": {"S": name}}
        assert guarded.asks("Query", **query, ExpressionAttributeValues=values) is may
    by_index = {**query, "IndexName": "by-g", "KeyConditionExpression": "g = :p"}
    assert guarded.asks("Query", **by_index, ExpressionAttributeValues={":p": {"S": "ada"}})
    assert not guarded.asks("Query", **by_index, ExpressionAttributeValues={":p": {"S": "eve"}})
    assert not guarded.asks("Scan", TableName="music")


def test_a_table_by_its_arn_is_the_same_table(guarded: Guarded) -> None:
    guarded.policy(allow("GetItem", Condition=OWN))
    for name in ("music", ARN):
        for pk, may in (("ada", True), ("eve", False)):
            key = {"pk": {"S": pk}, "sk": {"S": "s"}}
            assert guarded.asks("GetItem", TableName=name, Key=key) is may


def test_nothing_outdated_is_permitted(guarded: Guarded) -> None:
    request = Request(b"POST", b"/", {}, b"", b"", b"")
    payload = {"TableName": "music", "Key": {"pk": {"S": "ada"}, "sk": {"S": "s"}}}
    guarded.policy(allow("GetItem"))
    assert guarded.get({"S": "ada"})
    guarded.policy(allow("PutItem"))
    # As long as this process knows of no other catalog, the read itself notices.
    assert guarded.authorizer.permits(request, IDENTITY, "GetItem", payload)
    guarded.run(guarded.database.catalog.refresh())
    assert not guarded.authorizer.permits(request, IDENTITY, "GetItem", payload)
    assert not guarded.get({"S": "ada"})


def test_tags_are_what_they_are_now(guarded: Guarded) -> None:
    guarded.policy(allow("GetItem", Condition={"Null": {"aws:ResourceTag/shut": "true"}}))
    for _ in range(2):
        assert guarded.get({"S": "any"})
        guarded.call("TagResource", ResourceArn=ARN, Tags=[{"Key": "shut", "Value": ""}])
        assert not guarded.get({"S": "any"})
        guarded.call("UntagResource", ResourceArn=ARN, TagKeys=["shut"])


def test_an_access_point_is_not_taken_for_another_way_in(guarded: Guarded) -> None:
    inside = {"StringEquals": {"aws:SourceVpce": "vpce-1"}}
    guarded.policy(allow("GetItem", Condition=inside))
    points = [None, AccessPoint(None, "vpce-1"), AccessPoint(None, "vpce-2"), None]
    assert [guarded.get({"S": "a"}, point=point) for point in points] == [
        False, True, False, False,
    ]  # fmt: skip


def test_a_table_with_another_key_is_asked_for_that_key(guarded: Guarded) -> None:
    guarded.policy(allow("GetItem", Condition=OWN))
    assert guarded.get({"S": "ada"})
    guarded.call("DeleteTable", TableName="music")
    guarded.call("CreateTable", **on_demand("music", "owner"))
    assert guarded.asks("GetItem", TableName="music", Key={"owner": {"S": "ada"}})
    assert not guarded.asks("GetItem", TableName="music", Key={"owner": {"S": "eve"}})


def test_tables_that_are_not_there_do_not_fill_the_memory(guarded: Guarded) -> None:
    """A caller who may do nothing can ask about as many as they like."""
    leading = [f"${{aws:UserAgent}}-{number}-*" for number in range(40)]
    guarded.policy(allow("GetItem", Condition={"StringLike": {"dynamodb:LeadingKeys": leading}}))
    plans = guarded.authorizer._plans
    most = plans.max_bytes = 500_000
    for number in range(100):
        assert not guarded.asks("GetItem", TableName=f"music{number}", Key={"pk": {"S": "a"}})
    assert most / 2 < plans.weight <= most
    assert 1 < len(plans) < 25
