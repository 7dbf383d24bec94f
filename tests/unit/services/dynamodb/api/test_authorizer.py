"""Immediate decisions equal final ones, and are made only from what is known to be current."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.auth.identity import Identity
from jedlik.base.errors import AccessDeniedException, UnrecognizedClientException
from jedlik.gateway.exchange import AccessPoint, Request
from jedlik.services.dynamodb.api.authorizer import TableAuthorizer
from jedlik.services.iam.model import (
    ACTIVE,
    AccessKey,
    Group,
    ManagedPolicy,
    ResourcePolicy,
    User,
)
from jedlik.services.iam.store import Draft, Identities
from tests.control_plane import ControlPlane, attributes, index, on_demand
from tests.properties import examples

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
        return self.decides(request, name, payload)

    def decides(self, request: Request, name: str, payload: dict[str, Any]) -> bool:
        """The same for any request."""

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


CONDITIONS: tuple[dict[str, Any], ...] = (
    {},
    OWN,
    {"StringEquals": {"dynamodb:LeadingKeys": ["ada", "bob"]}},
    {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk", "sk"]}},
    {"Null": {"aws:ResourceTag/shut": "true"}},
    {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    {"StringLike": {"aws:UserAgent": "*${aws:username}*"}},
    {"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}},
    {"DateLessThan": {"aws:CurrentTime": "2023-11-14T22:20:00Z"}},
)
ACTIONS = ("GetItem", "PutItem", "Query", "BatchGetItem", "*")


def random_statement(draw: random.Random) -> dict[str, Any]:
    return {
        "Effect": draw.choice(("Allow", "Allow", "Allow", "Deny")),
        "Action": f"dynamodb:{draw.choice(ACTIONS)}",
        "Resource": draw.choice((ARN, f"{ARN}*", f"{ARN}/index/*", "*")),
        **({"Condition": each} if (each := draw.choice(CONDITIONS)) else {}),
    }


def random_policy(draw: random.Random, **members: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": {**random_statement(draw), **members}})


def random_identities(draw: random.Random, table: int, draft: Draft) -> None:
    """Other policies of ada, of her group, of her boundary and of the table."""
    iam = "arn:aws:iam::000000000000"
    limit = draw.choice((None, None, f"{iam}:policy/limit"))
    tags = {"team": draw.choice("xy")}
    own = {"own": random_policy(draw)}
    draft.put(User("ada", "A", "/", 0.0, inline=own, tags=tags, boundary=limit))
    draft.put(AccessKey("AKIAADA", "ada", ACTIVE, 0.0, ""))
    members = draw.choice(([], ["ada"]))
    draft.put(Group("team", "G", "/", 0.0, {"of": random_policy(draw)}, users=members))
    versions = {"v1": (random_policy(draw), 0.0)}
    draft.put(ManagedPolicy("limit", "P", "/", 0.0, 0.0, "v1", versions))
    principal = {"AWS": draw.choice((f"{iam}:user/ada", "000000000000"))}
    of_table = ResourcePolicy(random_policy(draw, Principal=principal), "1")
    draft.put_resource_policy(table, draw.choice((None, of_table)))


def random_change(draw: random.Random, plane: Guarded) -> None:
    """Another process changes the identities or the table's tags; or time passes."""
    match draw.randint(0, 3):
        case 0 | 1:
            here, table = plane.database, plane.run(plane.database.table("music")).id
            plane.restart()
            plane.run(
                plane.database.identities.change(
                    lambda _now, draft: random_identities(draw, table, draft)
                )
            )
            plane.database = here
        case 2:
            name, value = draw.choice((("shut", ""), ("team", "x"), ("team", "y")))
            plane.call("TagResource", ResourceArn=ARN, Tags=[{"Key": name, "Value": value}])
        case 3:
            plane.clock.advance(draw.choice((1.0, 300.0)))


def random_request(draw: random.Random) -> tuple[str, dict[str, Any]]:
    key = {"pk": {"S": draw.choice(("ada", "bob"))}, "sk": {"S": "s"}}
    table = {"TableName": draw.choice(("music", "music", ARN))}
    match draw.choice(("GetItem", "PutItem", "Query", "by index", "BatchGetItem")):
        case "PutItem":
            return "PutItem", {**table, "Item": {**key, **draw.choice(({}, {"n": {"N": "1"}}))}}
        case "Query":
            values = {":p": key["pk"]}
            query = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": values}
            return "Query", {**table, **query}
        case "by index":
            values = {":p": key["pk"]}
            query = {"KeyConditionExpression": "g = :p", "ExpressionAttributeValues": values}
            return "Query", {**table, "IndexName": "by-g", **query}
        case "BatchGetItem":
            return "BatchGetItem", {"RequestItems": {"music": {"Keys": [key]}}}
    return "GetItem", {**table, "Key": key}


@examples(200)
@given(seed=st.integers(0, 2**40))
def test_what_is_cached_decides_as_what_is_made_for_one_request(seed: int) -> None:
    draw, plane = random.Random(seed), Guarded()
    for _ in range(10):
        random_change(draw, plane)
        for _ in range(6):
            name, payload = random_request(draw)
            headers = {b"user-agent": draw.choice((b"ada's", b"other"))}
            client = draw.choice(("10.1.2.3", "127.0.0.1"))
            request = Request(b"POST", b"/", headers, b"", b"", b"", client)
            try:
                said = plane.decides(request, name, payload)
            except UnrecognizedClientException:
                continue  # there is no ada yet
            cached, plane.authorizer = plane.authorizer, TableAuthorizer(plane.database, None)
            assert plane.decides(request, name, payload) is said
            plane.authorizer = cached
    plane.close()


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
