"""Managed policies: versions are created, made the default and deleted; a policy in use stays."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest

from jedlik.services.iam.operations.policies import MAX_SIZE, MAX_VERSIONS
from tests.unit.services.iam.account import ARN, DOCUMENT, TRUST, Account

P = f"{ARN}:policy/p"
AWS = "arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess"


@pytest.fixture(autouse=True)
def policy(account: Account) -> None:
    account.did("CreatePolicy", PolicyName="p", PolicyDocument=DOCUMENT)


def versions(account: Account, arn: str = P) -> list[tuple[str, bool]]:
    listed = account.did("ListPolicyVersions", PolicyArn=arn)["Versions"]
    return [(each["VersionId"], each["IsDefaultVersion"]) for each in listed]


def add(account: Account, **parameters: str) -> None:
    account.did("CreatePolicyVersion", PolicyArn=P, PolicyDocument=DOCUMENT, **parameters)


def test_a_new_version_is_the_default_where_that_is_asked_for(account: Account) -> None:
    add(account)
    assert versions(account) == [("v2", False), ("v1", True)]
    add(account, SetAsDefault="true")
    assert versions(account) == [("v3", True), ("v2", False), ("v1", False)]


def test_there_are_five_versions_at_most_and_their_numbers_are_not_used_again(
    account: Account,
) -> None:
    for _ in range(MAX_VERSIONS - 1):
        add(account)
    code, _ = account.refused("CreatePolicyVersion", PolicyArn=P, PolicyDocument=DOCUMENT)
    assert code == "LimitExceeded"
    account.did("DeletePolicyVersion", PolicyArn=P, VersionId="v5")
    add(account)
    assert versions(account)[0] == ("v6", False)


def test_the_default_is_not_deleted(account: Account) -> None:
    add(account, SetAsDefault="true")
    assert account.refused("DeletePolicyVersion", PolicyArn=P, VersionId="v2")[0] == (
        "DeleteConflict"
    )
    account.did("SetDefaultPolicyVersion", PolicyArn=P, VersionId="v1")
    account.did("DeletePolicyVersion", PolicyArn=P, VersionId="v2")
    assert versions(account) == [("v1", True)]


@pytest.mark.parametrize(
    ("version", "code"),
    [("v9", "NoSuchEntity"), ("v0", "ValidationError"), ("", "ValidationError")],
)
def test_versions_that_are_not_there(account: Account, version: str, code: str) -> None:
    for action in ("GetPolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion"):
        assert account.refused(action, PolicyArn=P, VersionId=version)[0] == code


def test_a_policy_that_is_used_stays(account: Account) -> None:
    account.did("CreateUser", UserName="u")
    account.did("AttachUserPolicy", UserName="u", PolicyArn=P)
    assert account.refused("DeletePolicy", PolicyArn=P)[0] == "DeleteConflict"
    account.did("DetachUserPolicy", UserName="u", PolicyArn=P)
    account.did("PutUserPermissionsBoundary", UserName="u", PermissionsBoundary=P)
    assert account.refused("DeletePolicy", PolicyArn=P)[0] == "DeleteConflict"
    account.did("DeleteUserPermissionsBoundary", UserName="u")
    add(account)
    assert account.refused("DeletePolicy", PolicyArn=P)[0] == "DeleteConflict"
    account.did("DeletePolicyVersion", PolicyArn=P, VersionId="v2")
    account.did("DeletePolicy", PolicyArn=P)
    assert account.refused("GetPolicy", PolicyArn=P)[0] == "NoSuchEntity"


def test_lists_by_scope_and_use(account: Account) -> None:
    def names(**parameters: str) -> list[str]:
        listed = account.did("ListPolicies", **parameters)["Policies"]
        return [each["PolicyName"] for each in listed]

    assert names(Scope="Local") == ["p"]
    assert "p" not in names(Scope="AWS")
    assert "AmazonDynamoDBFullAccess" in names(Scope="AWS")
    assert names(OnlyAttached="true") == []
    account.did("CreateGroup", GroupName="g")
    account.did("AttachGroupPolicy", GroupName="g", PolicyArn=AWS)
    assert names(OnlyAttached="true") == ["AmazonDynamoDBFullAccess"]
    assert names(Scope="Local", PathPrefix="/elsewhere/") == []


def test_identities_that_a_policy_is_attached_to(account: Account) -> None:
    account.did("CreateUser", UserName="u")
    account.did("CreateGroup", GroupName="g")
    account.did("CreateRole", RoleName="r", AssumeRolePolicyDocument=TRUST)
    account.did("AttachUserPolicy", UserName="u", PolicyArn=P)
    found = account.did("ListEntitiesForPolicy", PolicyArn=P)
    assert [each["UserName"] for each in found["PolicyUsers"]] == ["u"]
    assert found["PolicyGroups"] == found["PolicyRoles"] == []


def test_aws_own_have_one_version(account: Account) -> None:
    assert versions(account, AWS) == [("v1", True)]
    shown = account.did("GetPolicyVersion", PolicyArn=AWS, VersionId="v1")["PolicyVersion"]
    assert "dynamodb:*" in unquote(shown["Document"])
    assert account.refused("GetPolicyVersion", PolicyArn=AWS, VersionId="v2")[0] == "NoSuchEntity"
    assert account.did("GetPolicy", PolicyArn=AWS)["Policy"]["Path"] == "/"


def test_names_are_taken_in_any_case_and_texts_have_a_limit(account: Account) -> None:
    assert account.refused("CreatePolicy", PolicyName="P", PolicyDocument=DOCUMENT)[0] == (
        "EntityAlreadyExists"
    )
    long = json.loads(DOCUMENT)
    long["Statement"]["Resource"] = "x" * MAX_SIZE
    code, _ = account.refused("CreatePolicy", PolicyName="q", PolicyDocument=json.dumps(long))
    assert code == "LimitExceeded"


@pytest.mark.parametrize("arn", ["arn:aws:iam::000000000000:role/not-a-policy", "x" * 20])
def test_what_is_attached_has_to_be_a_policys_arn(account: Account, arn: str) -> None:
    account.did("CreateUser", UserName="u")
    refused = account.refused("AttachUserPolicy", UserName="u", PolicyArn=arn)
    assert refused[:2] == ("ValidationError", "Invalid ARN:  Could not be parsed!")


@pytest.mark.parametrize(
    ("action", "parameters"),
    [
        ("CreatePolicy", {"PolicyName": "q", "PolicyDocument": DOCUMENT}),
        ("CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": TRUST}),
        ("UpdateRole", {"RoleName": "made"}),
        ("UpdateRoleDescription", {"RoleName": "made"}),
    ],
)
def test_descriptions_are_bounded(account: Account, action: str, parameters: Any) -> None:
    account.did("CreateRole", RoleName="made", AssumeRolePolicyDocument=TRUST)
    code, text = account.refused(action, **parameters, Description="d" * 1001)
    assert code == "ValidationError"
    assert text.endswith("Member must have length less than or equal to 1000")
    account.did(action, **parameters, Description="d" * 1000)
