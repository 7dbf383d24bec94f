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
        (
            r'{"Id":"\ud800"}',
            f"{INVALID}Invalid policy document: This policy contains invalid Json",
        ),
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


def test_conditions_are_given_back_in_one_spelling(plane: ControlPlane) -> None:
    accounts = {"aws:PrincipalAccount": ["123456789012"], "aws:username": ["b", "a"]}
    text = json.loads(policy())
    text["Statement"][0]["Condition"] = {"StringEquals": accounts}
    plane.call("CreateTable", **on_demand(ResourcePolicy=json.dumps(text)))
    (statement,) = json.loads(kept(plane)["Policy"])["Statement"]
    spelled = {"aws:PrincipalAccount": "123456789012", "aws:username": ["b", "a"]}
    assert statement["Condition"] == {"StringEquals": spelled}


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
    none = {"ResourceArn": ARN, "Policy": policy(), "ExpectedRevisionId": "NO_POLICY"}
    assert plane.refusal("PutResourcePolicy", **none).message == (
        "Resource-based policy not found for the provided ResourceArn: Requested policy update "
        "expecting none to be present for table music, but a policy exists with revision id "
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
    reading = policy("dynamodb:GetRecords", stream)
    plane.call("PutResourcePolicy", ResourceArn=stream, Policy=reading)
    plane.call("TagResource", ResourceArn=stream, Tags=[{"Key": "team", "Value": "a"}])
    plane.call("DeleteTable", TableName="music")
    assert kept(plane, stream)["Policy"] == reading
    plane.call("PutResourcePolicy", ResourceArn=stream, Policy=policy("dynamodb:*", stream))
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
    action = "dynamodb:GetRecords" if "/stream/20" in arn else "dynamodb:GetItem"
    members = {"Policy": policy(action, arn)} if operation == "Put" else {}
    found = plane.refusal(f"{operation}ResourcePolicy", ResourceArn=arn, **members)
    assert type(found) is error


TABLE_STREAM = f"{ARN}/stream/2026-10-09T00:29:04.041"
SIDS = {"Sid": "a", "Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "dynamodb:GetItem"}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[]", "This policy contains invalid Json"),
        ("null", "This text appears not to be a policy"),
        ("{}", "Syntax error at position (1,3)"),
        ('{\n"Id": "x"}', "Syntax error at position (2,11)"),
        ('{"Statement":[]}', "Could not parse the policy: Statement is empty!"),
        ('{"Statement":[{}]}', "Missing required field Effect"),
        ('{"Statement":{"Effect":"Allow"}}', "Missing required field Principal"),
        (json.dumps({"Statement": [SIDS]}), "Missing required field Resource"),
        (
            policy().replace(f'{{"AWS":"{ROOT}"}}', '"000000000000"'),
            "Syntax error at position (1,82)",
        ),
        (
            json.dumps({"Statement": [{**SIDS, "Resource": ARN}, {**SIDS, "Resource": "*"}]}),
            "The Statement Ids in the policy are not unique",
        ),
        (
            policy().replace(
                '"dynamodb:GetItem"', '["dynamodb:DescribeStream","dynamodb:GetRecords"]'
            ),
            (
                "The following action names are invalid: "
                '"dynamodb:GetRecords", "dynamodb:DescribeStream"'
            ),
        ),
        (
            policy(on=TABLE_STREAM),
            (
                'The relative-id "table/music/stream/2026-10-09T00:29:04.041" is invalid for ARN '
                f'"{TABLE_STREAM}"'
            ),
        ),
    ],
)
def test_what_is_wrong_with_a_policy_is_said_in_the_services_words(
    plane: ControlPlane, text: str, what: str
) -> None:
    plane.call("CreateTable", **on_demand())
    error = plane.refusal("PutResourcePolicy", ResourceArn=ARN, Policy=text)
    assert error.message == f"{INVALID}Invalid policy document: {what}"
    missing = plane.refusal("PutResourcePolicy", ResourceArn=f"{ARN}s", Policy=text)
    assert missing.message == error.message


@pytest.mark.parametrize("who", ["everybody*", "", ["a", ""]])
def test_principals_in_a_form_that_there_is_not(plane: ControlPlane, who: Any) -> None:
    plane.call("CreateTable", **on_demand())
    error = plane.refusal("PutResourcePolicy", ResourceArn=ARN, Policy=policy(who=who))
    if who == "everybody*":
        assert error.message == f"{INVALID}Invalid principal in policy document."
    else:
        assert error.message.startswith(f"{INVALID}Invalid policy document: ")


def test_what_is_accepted_and_how_it_is_kept(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    for text in (
        policy(on=f"{ARN}s"),
        policy(on="*"),
        policy(on=f"{ARN}/index/by-year"),
        policy("dynamodb:getitem"),
        policy("dynamodb:*"),
    ):
        plane.call("PutResourcePolicy", ResourceArn=ARN, Policy=text)
        assert kept(plane)["Policy"] == text
    plane.call("PutResourcePolicy", ResourceArn=ARN, Policy=policy().replace("Allow", "allow"))
    assert kept(plane)["Policy"] == policy()


def test_a_revision_of_a_policy_that_there_is_not(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    error = plane.refusal("DeleteResourcePolicy", ResourceArn=ARN, ExpectedRevisionId="17")
    assert type(error) is PolicyNotFoundException
    assert error.message == (
        "Resource-based policy not found for the provided ResourceArn: Requested update for policy "
        "with revision id 17, but table music has no associated policy."
    )
