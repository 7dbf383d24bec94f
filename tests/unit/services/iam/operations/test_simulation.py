"""Simulation: one result per action, the most restrictive one over its resources."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jedlik.services.iam.operations import simulation
from jedlik.services.iam.operations.simulation import MAX_EVALUATIONS
from tests.unit.services.iam.account import ARN, Account

TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/"


def policy(*statements: tuple[str, str, str]) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": effect, "Action": action, "Resource": resource}
                for effect, action, resource in statements
            ],
        }
    )


READING = policy(("Allow", "dynamodb:*", f"{TABLE}*"), ("Deny", "dynamodb:Get*", f"{TABLE}secret"))


def simulated(account: Account, *resources: str, **parameters: str) -> dict[str, Any]:
    numbered = {f"ResourceArns.member.{n}": each for n, each in enumerate(resources, 1)}
    asked = {"PolicyInputList.member.1": READING, "ActionNames.member.1": "dynamodb:GetItem"}
    answer = account.did("SimulateCustomPolicy", **{**asked, **numbered, **parameters})
    result: dict[str, Any] = answer["EvaluationResults"][0]
    return result


def test_the_three_decisions(account: Account) -> None:
    assert simulated(account, f"{TABLE}open")["EvalDecision"] == "allowed"
    assert simulated(account, f"{TABLE}secret")["EvalDecision"] == "explicitDeny"
    assert simulated(account, "arn:aws:s3:::b")["EvalDecision"] == "implicitDeny"


def test_the_most_restrictive_decides_and_each_resource_has_its_own(account: Account) -> None:
    result = simulated(account, f"{TABLE}open", f"{TABLE}secret")
    assert result["EvalDecision"] == "explicitDeny"
    assert [each["EvalResourceDecision"] for each in result["ResourceSpecificResults"]] == [
        "allowed",
        "explicitDeny",
    ]
    assert result["EvalResourceName"].endswith("table/${TableName}")


def test_a_boundary_limits_and_is_named(account: Account) -> None:
    elsewhere = policy(("Allow", "dynamodb:*", f"{TABLE}other"))
    bounded = {"PermissionsBoundaryPolicyInputList.member.1": elsewhere}
    result = simulated(account, f"{TABLE}open", **bounded)
    assert result["EvalDecision"] == "implicitDeny"
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    assert "PermissionsBoundaryDecisionDetail" not in simulated(account, f"{TABLE}open")


def test_the_policies_of_a_users_groups_count(account: Account) -> None:
    account.did("CreateUser", UserName="u")
    account.did("CreateGroup", GroupName="g")
    account.did("PutGroupPolicy", GroupName="g", PolicyName="reading", PolicyDocument=READING)

    def decision() -> str:
        answer = account.did(
            "SimulatePrincipalPolicy",
            PolicySourceArn=f"{ARN}:user/u",
            **{"ActionNames.member.1": "dynamodb:GetItem", "ResourceArns.member.1": f"{TABLE}t"},
        )
        return str(answer["EvaluationResults"][0]["EvalDecision"])

    assert decision() == "implicitDeny"
    account.did("AddUserToGroup", UserName="u", GroupName="g")
    assert decision() == "allowed"


def test_the_boundary_that_a_user_has_counts(account: Account) -> None:
    account.did("CreatePolicy", PolicyName="b", PolicyDocument=READING)
    account.did("CreateUser", UserName="u")
    boundary = {"UserName": "u", "PermissionsBoundary": f"{ARN}:policy/b"}
    account.did("PutUserPermissionsBoundary", **boundary)
    everything = {"PolicyInputList.member.1": policy(("Allow", "*", "*"))}
    decisions = [
        account.did(
            "SimulatePrincipalPolicy",
            PolicySourceArn=f"{ARN}:user/u",
            **{"ActionNames.member.1": action, "ResourceArns.member.1": f"{TABLE}t"},
            **everything,
        )["EvaluationResults"][0]["EvalDecision"]
        for action in ("dynamodb:GetItem", "s3:GetObject")
    ]
    assert decisions == ["allowed", "implicitDeny"]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"ActionNames.member.1": "no action"}, "InvalidInput"),
        ({"PolicyInputList.member.1": "{"}, "InvalidInput"),
        ({"ResourceOwner": "123456789012"}, "InvalidInput"),
        ({"CallerArn": f"{ARN}:role/r"}, "InvalidInput"),
        ({"ContextEntries.member.1.ContextKeyName": "noColon"}, "InvalidInput"),
        ({f"ActionNames.member.{n}": "a:b" for n in range(1, MAX_EVALUATIONS + 2)}, "InvalidInput"),
    ],
)
def test_what_is_refused(account: Account, parameters: dict[str, str], code: str) -> None:
    asked = {"PolicyInputList.member.1": READING, "ActionNames.member.1": "dynamodb:GetItem"}
    assert account.refused("SimulateCustomPolicy", **{**asked, **parameters})[0] == code


def listing(patterns: int) -> str:
    statement = {"Effect": "Allow", "Action": ["a:b"] * (patterns - 1), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def test_patterns_count_and_not_only_statements(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulation, "MAX_COMPILED", 100)
    monkeypatch.setattr(simulation, "MAX_PATTERNS", 300)
    asked = {f"PolicyInputList.member.{n}": listing(50) for n in (1, 2)}
    actions = {f"ActionNames.member.{n}": "a:b" for n in range(1, 5)}
    fourth = {"ActionNames.member.4": actions.pop("ActionNames.member.4")}
    assert account.did("SimulateCustomPolicy", **asked, **actions)["EvaluationResults"]
    for more in (fourth, {"PolicyInputList.member.3": listing(2)}):
        code, _ = account.refused("SimulateCustomPolicy", **asked, **actions, **more)
        assert code == "InvalidInput"


def test_entities_that_are_not_there(account: Account) -> None:
    account.did("CreateUser", UserName="u", Path="/team/")
    for arn, code in (
        (f"{ARN}:user/u", "NoSuchEntity"),  # its path is missing
        (f"{ARN}:user/team/none", "NoSuchEntity"),
        (f"{ARN}:table/t", "InvalidInput"),
    ):
        asked = {"PolicySourceArn": arn, "ActionNames.member.1": "a:b"}
        assert account.refused("SimulatePrincipalPolicy", **asked)[0] == code


def test_the_keys_that_policies_ask_for_once_each(account: Account) -> None:
    statement = {
        "Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {
            "StringEquals": {"aws:username": "a"},
            "Bool": {"aws:SecureTransport": "true"},
        },
    }  # fmt: skip
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement, statement]})
    found = account.did("GetContextKeysForCustomPolicy", **{"PolicyInputList.member.1": text})
    assert sorted(map(str.lower, found["ContextKeyNames"])) == [
        "aws:securetransport",
        "aws:username",
    ]
