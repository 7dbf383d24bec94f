"""Resource policies that DynamoDB refuses with its own texts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.attachments.policy_form import check_form

TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/t"
STATEMENT = {
    "Effect": "Allow",
    "Principal": {"AWS": "*"},
    "Action": "dynamodb:GetItem",
    "Resource": TABLE,
}
HEAD = "One or more parameter values were invalid: Invalid policy document: "


def checked(document: Any, text: str | None = None, *, of_stream: bool = False) -> dict[str, Any]:
    return check_form(document, text or json.dumps(document), of_stream=of_stream)


def refusal(document: Any, text: str | None = None, *, of_stream: bool = False) -> str:
    with pytest.raises(ValidationException) as raised:
        checked(document, text, of_stream=of_stream)
    assert raised.value.message.startswith(HEAD)
    return raised.value.message.removeprefix(HEAD)


def policy(**changed: Any) -> dict[str, Any]:
    return {"Statement": {**STATEMENT, **changed}}


def without(member: str) -> dict[str, Any]:
    return {"Statement": [{name: each for name, each in STATEMENT.items() if name != member}]}


def test_a_policy_comes_back_with_its_statements_in_a_list() -> None:
    assert checked(policy()) == {"Statement": [STATEMENT]}


@pytest.mark.parametrize("effect", ["allow", "ALLOW", "Allow"])
def test_effects_are_spelled_as_usual(effect: str) -> None:
    assert checked(policy(Effect=effect))["Statement"][0]["Effect"] == "Allow"


@pytest.mark.parametrize("effect", ["permit", 7, None])
def test_what_is_no_effect_is_left_for_the_grammar(effect: Any) -> None:
    assert checked(policy(Effect=effect))["Statement"][0]["Effect"] == effect


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ([], "This policy contains invalid Json"),
        ("x", "This text appears not to be a policy"),
        ({"Statement": []}, "Could not parse the policy: Statement is empty!"),
        (
            {"Statement": [{**STATEMENT, "Sid": "a"}, {**STATEMENT, "Sid": "a"}]},
            "The Statement Ids in the policy are not unique",
        ),
    ],
)
def test_what_is_no_policy(document: Any, text: str) -> None:
    assert refusal(document) == text


@pytest.mark.parametrize("member", ["Effect", "Principal", "Action", "Resource"])
def test_members_that_are_missing(member: str) -> None:
    assert refusal(without(member)) == f"Missing required field {member}"


@pytest.mark.parametrize("member", ["Principal", "Action", "Resource"])
def test_negated_members_will_do(member: str) -> None:
    document = without(member)
    document["Statement"][0][f"Not{member}"] = "*"
    assert checked(document)


def test_syntax_errors_name_row_and_column() -> None:
    assert refusal({}, "{\n}") == "Syntax error at position (2,2)"
    text = '{"Statement": {\n"Principal": "me"}}'
    document = policy(Principal="me")
    assert refusal(document, text) == "Syntax error at position (2,18)"
    assert checked(policy(Principal="*"))


def test_actions_of_the_other_kind() -> None:
    streams = ["GetShardIterator", "Scan", "Query", "DescribeStream", "GetRecords", "ListStreams"]
    # An answer of the service (aws/aws-cdk, pull request 36194).
    assert refusal(policy(Action=[f"dynamodb:{each}" for each in streams])) == (
        'The following action names are invalid: "dynamodb:GetRecords", '
        '"dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams"'
    )
    assert refusal(policy(Resource="*"), of_stream=True) == (
        'The following action names are invalid: "dynamodb:GetItem"'
    )


@pytest.mark.parametrize(
    "name",
    ["RestoreTableFromBackup", "ExecuteStatement", "CreateTable", "ListTables", "ImportTable",
     "DescribeBackup", "GetItems"],
)  # fmt: skip
def test_actions_that_a_table_s_policy_cannot_name(name: str) -> None:
    assert refusal(policy(Action=["dynamodb:GetItem", f"dynamodb:{name}"])) == (
        f'The following action names are invalid: "dynamodb:{name}"'
    )


@pytest.mark.parametrize(
    "name", ["ConditionCheckItem", "putitem", "PartiQLSelect", "ReadDataForReplication"]
)
def test_actions_that_a_table_s_policy_can_name(name: str) -> None:
    assert checked(policy(Action=f"dynamodb:{name}"))


@pytest.mark.parametrize("action", ["dynamodb:Get*", "dynamodb:GetRecord?", "*", "kms:GetRecords"])
def test_patterns_and_other_services_are_of_no_kind(action: str) -> None:
    assert checked(policy(Action=action))


def test_only_some_services_can_be_named() -> None:
    refused = "Policy contains invalid service principal"
    assert refusal(policy(Principal={"Service": "lambda.amazonaws.com"})) == refused
    both = ["redshift.amazonaws.com", "lambda.amazonaws.com"]
    assert refusal(policy(Principal={"Service": both})) == refused
    assert checked(policy(Principal={"Service": both[:1]}))
    assert checked(policy(Principal={"Service": "replication.dynamodb.amazonaws.com"}))


def test_resources_of_the_other_kind() -> None:
    stream = f"{TABLE}/stream/2024"
    assert refusal(policy(Resource=stream)) == (
        f'The relative-id "table/t/stream/2024" is invalid for ARN "{stream}"'
    )
    records = policy(Action="dynamodb:GetRecords", Resource=stream)
    assert checked(records, of_stream=True)
    assert refusal({"Statement": {**records["Statement"], "Resource": TABLE}}, of_stream=True) == (
        f'The relative-id "table/t" is invalid for ARN "{TABLE}"'
    )


@pytest.mark.parametrize("arn", ["*", f"{TABLE}*", "arn:aws:s3:::b/stream/x", "no arn"])
def test_patterns_and_other_arns_are_of_no_kind(arn: str) -> None:
    assert checked(policy(Resource=arn))
