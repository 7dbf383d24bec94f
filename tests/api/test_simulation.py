"""Policies tried out with boto3 before they affect anyone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.api.accounts import TABLE_ARN, Account, allow, document, refusal

BOOKS = f"{TABLE_ARN}/Books"
FILMS = f"{TABLE_ARN}/Films"
USER = "arn:aws:iam::000000000000:user"


def deny(*actions: str, on: Any = "*", **members: Any) -> dict[str, Any]:
    return {**allow(*actions, on=on, **members), "Effect": "Deny"}


def entry(name: str, *values: str, kind: str = "string") -> dict[str, Any]:
    return {"ContextKeyName": name, "ContextKeyValues": list(values), "ContextKeyType": kind}


def custom(account: Account, *policies: str, actions: str = "dynamodb:GetItem", **more: Any) -> Any:
    """The only result of the simulation of one action."""
    (result,) = account.iam.simulate_custom_policy(
        PolicyInputList=list(policies), ActionNames=[actions], **more
    )["EvaluationResults"]
    return result


def test_a_decision_and_what_it_is_made_by(account: Account) -> None:
    policy = document(allow("dynamodb:Get*", on=BOOKS), deny("dynamodb:GetItem", on=FILMS))
    result = custom(account, policy, ResourceArns=[BOOKS])
    assert (result["EvalActionName"], result["EvalDecision"]) == ("dynamodb:GetItem", "allowed")
    first = policy.index("[") + 2, policy.index("}, {") + 2
    (matched,) = result["MatchedStatements"]
    assert (matched["SourcePolicyId"], matched["SourcePolicyType"]) == ("PolicyInputList.1", "none")
    assert (matched["StartPosition"], matched["EndPosition"]) == (
        {"Line": 1, "Column": first[0]}, {"Line": 1, "Column": first[1]},
    )  # fmt: skip
    result = custom(account, policy, ResourceArns=[FILMS])
    assert result["EvalDecision"] == "explicitDeny"
    assert result["MatchedStatements"][0]["StartPosition"]["Column"] == first[1] + 1
    result = custom(account, policy, actions="dynamodb:PutItem", ResourceArns=[BOOKS])
    assert (result["EvalDecision"], result["MatchedStatements"]) == ("implicitDeny", [])
    assert custom(account, policy)["EvalResourceName"] == "*"


def test_several_resources_come_to_the_most_restrictive(account: Account) -> None:
    policy = document(allow("dynamodb:GetItem", on=BOOKS), deny("dynamodb:GetItem", on=FILMS))
    others = f"{TABLE_ARN}/Others"
    for resources, whole in (
        ([BOOKS, others], "implicitDeny"),
        ([BOOKS, others, FILMS], "explicitDeny"),
        ([BOOKS, BOOKS], "allowed"),
    ):
        result = custom(account, policy, ResourceArns=resources)
        assert result["EvalDecision"] == whole
        assert result["EvalResourceName"] == (
            "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}"
        )
        words = {BOOKS: "allowed", others: "implicitDeny", FILMS: "explicitDeny"}
        assert [
            (each["EvalResourceName"], each["EvalResourceDecision"])
            for each in result["ResourceSpecificResults"]
        ] == [(resource, words[resource]) for resource in resources]


def test_condition_keys_are_given_or_missing(account: Account) -> None:
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "${aws:username}"}}
    policy = document(
        allow("dynamodb:GetItem", Condition=own),
        deny("*", Condition={"DateLessThan": {"aws:CurrentTime": "2024-01-01T00:00:00Z"}}),
    )
    keys = ["aws:CurrentTime", "aws:username", "dynamodb:LeadingKeys"]
    found = account.iam.get_context_keys_for_custom_policy(PolicyInputList=[policy])
    assert sorted(found["ContextKeyNames"]) == keys
    assert sorted(custom(account, policy)["MissingContextValues"]) == keys
    entries = [entry("aws:UserName", "ada"), entry("dynamodb:leadingkeys", "ada", "ada")]
    result = custom(account, policy, ContextEntries=entries)
    assert (result["EvalDecision"], result["MissingContextValues"]) == (
        "allowed", ["aws:CurrentTime"],
    )  # fmt: skip
    early = [*entries, entry("aws:CurrentTime", "2023-12-31T00:00:00Z", kind="date")]
    assert custom(account, policy, ContextEntries=early)["EvalDecision"] == "explicitDeny"
    other = [entry("aws:username", "ada"), entry("dynamodb:LeadingKeys", "eve", "ada")]
    assert custom(account, policy, ContextEntries=other)["EvalDecision"] == "implicitDeny"


def test_the_manuals_own_policy_as_it_is_simulated_there(account: Account) -> None:
    manual = (Path(__file__).parents[2] / "docs/securing.md").read_text("utf-8")
    found = re.search(r"```json\n(.*?)```", manual, re.DOTALL)
    assert found is not None
    pattern = r"ContextKeyName=(\S+),ContextKeyType=(\w+),ContextKeyValues=(\w+)"
    entries = [entry(name, value, kind=kind) for name, kind, value in re.findall(pattern, manual)]
    account.iam.create_user(UserName="reader-of-the-manual")
    account.iam.put_user_policy(
        UserName="reader-of-the-manual", PolicyName="own", PolicyDocument=found[1]
    )

    def simulated(given: list[dict[str, Any]]) -> Any:
        (result,) = account.iam.simulate_principal_policy(
            PolicySourceArn=f"{USER}/reader-of-the-manual",
            ActionNames=["dynamodb:GetItem"],
            ResourceArns=[f"{TABLE_ARN}/Notes"],
            ContextEntries=given,
        )["EvaluationResults"]
        return result

    assert simulated(entries)["EvalDecision"] == "allowed"
    (missing,) = simulated(entries[:1])["ResourceSpecificResults"]
    assert missing["EvalResourceDecision"] == "implicitDeny"
    assert missing["MissingContextValues"] == ["aws:username"]


def test_what_a_user_may_with_all_that_is_theirs(account: Account) -> None:
    iam = account.iam
    iam.create_user(UserName="ada", Path="/staff/")
    account.allow("ada", allow("dynamodb:GetItem", on=BOOKS))
    iam.create_group(GroupName="Writers")
    iam.add_user_to_group(GroupName="Writers", UserName="ada")
    iam.put_group_policy(
        GroupName="Writers", PolicyName="write", PolicyDocument=document(allow("dynamodb:PutItem"))
    )
    iam.attach_user_policy(
        UserName="ada", PolicyArn="arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"
    )
    actions = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "iam:CreateUser"]
    asked = {"PolicySourceArn": f"{USER}/staff/ada", "ActionNames": actions}

    def decisions(**more: Any) -> list[str]:
        results = iam.simulate_principal_policy(**asked, ResourceArns=[BOOKS], **more)
        return [each["EvalDecision"] for each in results["EvaluationResults"]]

    nothing = "implicitDeny"
    assert decisions() == ["allowed", "allowed", nothing, nothing]
    results = iam.simulate_principal_policy(**asked, ResourceArns=[BOOKS])["EvaluationResults"]
    assert [
        {(each["SourcePolicyId"], each["SourcePolicyType"]) for each in result["MatchedStatements"]}
        for result in results
    ] == [
        {("own", "user"), ("AmazonDynamoDBReadOnlyAccess", "aws-managed")},
        {("write", "group")}, set(), set(),
    ]  # fmt: skip
    more = document(allow("dynamodb:DeleteItem"))
    assert decisions(PolicyInputList=[more])[2] == "allowed"
    edge = iam.create_policy(PolicyName="Rim", PolicyDocument=document(allow("dynamodb:GetItem")))
    iam.put_user_permissions_boundary(UserName="ada", PermissionsBoundary=edge["Policy"]["Arn"])
    assert decisions() == ["allowed", nothing, nothing, nothing]
    results = iam.simulate_principal_policy(**asked)["EvaluationResults"]
    assert [
        each["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"]
        for each in results
    ] == [True, False, False, False]
    assert decisions(PermissionsBoundaryPolicyInputList=[document(allow("*"))])[1] == "allowed"
    page = iam.simulate_principal_policy(**asked, MaxItems=3)
    assert (len(page["EvaluationResults"]), page["IsTruncated"]) == (3, True)
    rest = iam.simulate_principal_policy(**asked, MaxItems=3, Marker=page["Marker"])
    assert [each["EvalActionName"] for each in rest["EvaluationResults"]] == actions[3:]


def test_resource_policies_need_a_user_who_calls(account: Account) -> None:
    account.iam.create_user(UserName="bob")
    grant = {**allow("dynamodb:GetItem", on=BOOKS), "Principal": {"AWS": f"{USER}/bob"}}
    nothing = document(allow("s3:*"))
    asked = {"ResourceArns": [BOOKS], "ResourcePolicy": document(grant)}
    assert custom(account, nothing, **asked, CallerArn=f"{USER}/bob")["EvalDecision"] == "allowed"
    assert custom(account, nothing, **asked, CallerArn=f"{USER}/eve")["EvalDecision"] == (
        "implicitDeny"
    )
    assert refusal(custom, account, nothing, **asked)[0] == "InvalidInput"
    (result,) = account.iam.simulate_principal_policy(
        PolicySourceArn=f"{USER}/bob", ActionNames=["dynamodb:GetItem"], **asked
    )["EvaluationResults"]
    (matched,) = result["ResourceSpecificResults"][0]["MatchedStatements"]
    assert (result["EvalDecision"], matched["SourcePolicyType"]) == ("allowed", "resource")


def test_groups_and_roles_can_be_asked_about(account: Account) -> None:
    iam = account.iam
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    iam.create_role(RoleName="Night", AssumeRolePolicyDocument=document(trust))
    iam.create_group(GroupName="Day")
    policy = {"PolicyName": "own", "PolicyDocument": document(allow("dynamodb:*"))}
    iam.put_role_policy(RoleName="Night", **policy)
    iam.put_group_policy(GroupName="Day", **policy)
    for kind in ("role/Night", "group/Day"):
        arn = f"arn:aws:iam::000000000000:{kind}"
        (result,) = iam.simulate_principal_policy(
            PolicySourceArn=arn, ActionNames=["dynamodb:Scan"]
        )["EvaluationResults"]
        assert result["EvalDecision"] == "allowed"
        assert result["MatchedStatements"][0]["SourcePolicyType"] == kind.partition("/")[0]
        keys = iam.get_context_keys_for_principal_policy(PolicySourceArn=arn)
        assert keys["ContextKeyNames"] == []


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"PolicySourceArn": f"{USER}/nobody"}, "NoSuchEntity"),
        ({"PolicySourceArn": "arn:aws:sts::000000000000:assumed-role/r/s"}, "InvalidInput"),
        ({"PolicyInputList": ["{}"]}, "InvalidInput"),
        ({"ActionNames": ["dynamodb:*"]}, "InvalidInput"),
        ({"ActionNames": ["a:b"] * 500, "ResourceArns": ["*"] * 3}, "InvalidInput"),
        (
            {"ActionNames": ["a:b"] * 100, "PolicyInputList": [document(*[allow("a:b")] * 501)]},
            "InvalidInput",
        ),
        ({"ResourceOwner": "111111111111"}, "InvalidInput"),
        ({"ResourceHandlingOption": "EC2-VPC-InstanceStore"}, "InvalidInput"),
        ({"CallerArn": "arn:aws:iam::000000000000:role/r"}, "InvalidInput"),
        ({"PermissionsBoundaryPolicyInputList": [document(allow("*"))] * 2}, "InvalidInput"),
    ],
)
def test_what_cannot_be_simulated(account: Account, members: dict[str, Any], code: str) -> None:
    if "simple" not in [user["UserName"] for user in account.iam.list_users()["Users"]]:
        account.iam.create_user(UserName="simple")
    request = {"PolicySourceArn": f"{USER}/simple", "ActionNames": ["a:b"], **members}
    assert refusal(account.iam.simulate_principal_policy, **request)[0] == code


def test_permissions_are_shown_only_to_callers_who_may_see_them(account: Account) -> None:
    """API reference, "SimulatePrincipalPolicy": it discloses the permissions of others."""
    keys = account.user("curious", allow("iam:SimulateCustomPolicy"))
    curious = account.client(keys, "iam")
    policy = document(allow("a:b"))
    curious.simulate_custom_policy(PolicyInputList=[policy], ActionNames=["a:b"])
    request = {"PolicySourceArn": f"{USER}/curious", "ActionNames": ["a:b"]}
    code, text = refusal(curious.simulate_principal_policy, **request)
    assert (code, f"on resource: {USER}/curious" in text) == ("AccessDenied", True)
