"""Resource policies of tables and streams: set, read, deleted, and gone with what they are of."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jedlik.base.errors import (
    PolicyNotFoundException,
    ResourceInUseException,
    ResourceNotFoundException,
    ValidationException,
)
from jedlik.kernel.keyspaces import RESOURCE_POLICIES, TAGS
from jedlik.services.dynamodb.background.background import table_jobs
from jedlik.services.dynamodb.streams.streams import RETENTION
from jedlik.services.dynamodb.verifying.verification import Finding, Verification
from tests.control_plane import ControlPlane, on_demand
from tests.streams import streamed

INVALID = "One or more parameter values were invalid: "
ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/music"


ROOT = "arn:aws:iam::000000000000:root"


def policy(action: str = "dynamodb:GetItem", on: str = ARN, who: Any = ROOT) -> str:
    """A policy as the service spells it."""
    statement = {"Effect": "Allow", "Principal": {"AWS": who}, "Action": action, "Resource": on}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return json.dumps(document, separators=(",", ":"))


def kept(plane: ControlPlane, arn: str = ARN) -> Any:
    return plane.call("GetResourcePolicy", ResourceArn=arn)


def assert_whole(plane: ControlPlane) -> None:
    findings: list[Finding] = []
    plane.run(Verification(plane.database.engine, findings.append).run())
    assert findings == []


def test_a_table_is_made_with_its_policy(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand(ResourcePolicy=policy()))
    revision = str(int(plane.clock.now() * 1000))
    assert kept(plane) == {"Policy": policy(), "RevisionId": revision}
    assert "ResourcePolicy" not in plane.table()
    again = {"ResourceArn": ARN, "Policy": policy("dynamodb:Query")}
    second = plane.call("PutResourcePolicy", **again, ExpectedRevisionId=revision)["RevisionId"]
    assert int(second) > int(revision)
    assert_whole(plane)


def test_other_processes_see_the_policy_of_a_new_table(plane: ControlPlane) -> None:
    first = plane.database
    plane.restart()
    plane.run(plane.database.identities.refresh())
    second, plane.database = plane.database, first
    plane.call("CreateTable", **on_demand(ResourcePolicy=policy()))
    plane.run(second.identities.refresh())
    (found,) = second.identities.now.resource_policies.values()
    assert found.text == policy()


def test_a_table_that_is_not_made_leaves_no_policy(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    error = plane.refusal("CreateTable", **on_demand(ResourcePolicy=policy()))
    assert type(error) is ResourceInUseException
    assert plane.store_is_empty_under(RESOURCE_POLICIES)
    assert type(plane.refusal("GetResourcePolicy", ResourceArn=ARN)) is PolicyNotFoundException


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", f"{INVALID}Invalid policy document: This policy contains invalid Json"),
        ("{", f"{INVALID}Invalid policy document: This policy contains invalid Json"),
        (policy().replace("Principal", "Sid"), f"{INVALID}Invalid policy document: "),
        (policy() + " " * (20 * 1024), f"{INVALID}Maximum policy size of 20480 bytes exceeded"),
        (policy(who="*"), "Resource-based policy grants unbounded access in one or more elements."),
    ],
)
def test_texts_that_are_none(plane: ControlPlane, text: str, says: str) -> None:
    create = plane.refusal("CreateTable", **on_demand(ResourcePolicy=text))
    assert type(create) is ValidationException
    assert create.message.startswith(says)
    plane.call("CreateTable", **on_demand())
    put = plane.refusal("PutResourcePolicy", ResourceArn=ARN, Policy=text)
    assert (type(put), put.message) == (type(create), create.message)


def test_twenty_kilobytes_with_their_blanks_are_the_most(plane: ControlPlane) -> None:
    text = policy() + " " * (20 * 1024 - len(policy()))
    plane.call("CreateTable", **on_demand(ResourcePolicy=text))
    assert kept(plane)["Policy"] == policy()


def test_a_policy_is_given_back_in_one_spelling_and_keeps_its_revision(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand(ResourcePolicy=policy()))
    first = kept(plane)
    for who in ("000000000000", ["000000000000", ROOT], [ROOT]):
        statement = {
            "Resource": [ARN],
            "Action": ["dynamodb:GetItem"],
            "Principal": {"AWS": who},
            "Effect": "Allow",
        }
        text = json.dumps({"Statement": statement, "Version": "2012-10-17"}, indent=2)
        plane.clock.advance(60)
        put = plane.call("PutResourcePolicy", ResourceArn=ARN, Policy=text)
        assert (put["RevisionId"], kept(plane)) == (first["RevisionId"], first)


def test_what_is_not_there_or_another(plane: ControlPlane) -> None:
    error = plane.refusal("GetResourcePolicy", ResourceArn=ARN)
    assert error.message == "Requested resource not found: Table: music not found"
    plane.call("CreateTable", **on_demand(ResourcePolicy=policy()))
    revision = kept(plane)["RevisionId"]
    stream = f"{ARN}/stream/2000-01-01T00:00:00.000"
    assert plane.refusal("GetResourcePolicy", ResourceArn=stream).message == (
        "Requested resource not found: Stream: 2000-01-01T00:00:00.000 not found for Table: music"
    )
    stale = {"ResourceArn": ARN, "ExpectedRevisionId": "1"}
    assert plane.refusal("DeleteResourcePolicy", **stale).message == (
        "Resource-based policy not found for the provided ResourceArn: Requested update for policy "
        "with revision id 1, but the policy associated to target table music has revision id "
        f"{revision}."
    )


def test_a_stream_has_a_policy_of_its_own(plane: ControlPlane) -> None:
    stream = streamed(plane, ResourcePolicy=policy())
    assert type(plane.refusal("GetResourcePolicy", ResourceArn=stream)) is PolicyNotFoundException
    text = policy("dynamodb:GetRecords", stream)
    put = {"ResourceArn": stream, "Policy": text}
    first = plane.call("PutResourcePolicy", **put, ExpectedRevisionId="NO_POLICY")["RevisionId"]
    assert kept(plane, stream) == {"Policy": text, "RevisionId": first}
    assert kept(plane)["Policy"] == policy()
    assert type(plane.refusal("PutResourcePolicy", **put, ExpectedRevisionId="1")) is (
        PolicyNotFoundException
    )
    assert plane.call("DeleteResourcePolicy", ResourceArn=stream) == {"RevisionId": first}
    assert plane.call("DeleteResourcePolicy", ResourceArn=stream) == {}
    assert kept(plane)["Policy"] == policy()


def test_a_disabled_stream_keeps_its_policy_until_it_is_forgotten(plane: ControlPlane) -> None:
    stream = streamed(plane)
    plane.call("PutResourcePolicy", ResourceArn=stream, Policy=policy())
    plane.call("TagResource", ResourceArn=stream, Tags=[{"Key": "team", "Value": "a"}])
    plane.call("DeleteTable", TableName="music")
    assert kept(plane, stream)["Policy"] == policy()
    plane.call("PutResourcePolicy", ResourceArn=stream, Policy=policy("dynamodb:*"))
    assert_whole(plane)
    plane.clock.advance(RETENTION + 1)
    upkeep = table_jobs(plane.database)
    plane.run(upkeep.run_once())
    assert type(plane.refusal("GetResourcePolicy", ResourceArn=stream)) is (
        ResourceNotFoundException
    )
    assert plane.store_is_empty_under(RESOURCE_POLICIES)
    assert plane.store_is_empty_under(TAGS)


@pytest.mark.parametrize("operation", ["Delete", "Get", "Put"])
@pytest.mark.parametrize(
    ("arn", "error"),
    [
        ("music", ValidationException),
        (f"{ARN}/index/by-year", ValidationException),
        (f"{ARN}/stream/yesterday", ValidationException),
        ("arn:aws:s3:::music", ValidationException),
        (f"{ARN}s", ResourceNotFoundException),
        (f"{ARN}/stream/2024-01-01T00:00:00.000", ResourceNotFoundException),
    ],
)
def test_what_has_no_policies(
    plane: ControlPlane, operation: str, arn: str, error: type[Exception]
) -> None:
    plane.call("CreateTable", **on_demand())
    members = {"Policy": policy()} if operation == "Put" else {}
    found = plane.refusal(f"{operation}ResourcePolicy", ResourceArn=arn, **members)
    assert type(found) is error
