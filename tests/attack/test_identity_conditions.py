"""A Deny is effective on each condition key that AWS documents for the actions of IAM and STS.

The attacker may do everything except one action when one condition key has one value.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from jedlik.services.iam.operations.condition_keys import DECLARED
from tests.api.accounts import Account, document
from tests.servers import RunningServer

ACCOUNT = "arn:aws:iam::000000000000"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
LIMIT = f"{ACCOUNT}:policy/limit"
OTHER = f"{ACCOUNT}:policy/other"
TAGS = [{"Key": "team", "Value": "a"}]
STATEMENT = {"Effect": "Allow", "Principal": {"AWS": "*"}}
EVERYBODY = document({**STATEMENT, "Action": ["sts:AssumeRole", "sts:TagSession"]})
NOTHING = document({"Effect": "Deny", "Action": "s3:*", "Resource": "*"})
USER, ROLE, GROUP = {"UserName": "target"}, {"RoleName": "target"}, {"GroupName": "target"}
INLINE = {"PolicyName": "p", "PolicyDocument": NOTHING}


class Case(NamedTuple):
    action: str
    parameters: dict[str, Any]
    keys: dict[str, str]
    """Values that the condition keys have."""


_RESOURCE = {"aws:ResourceTag/secret": "yes", "iam:ResourceTag/secret": "yes"}
_TAGS = {"aws:RequestTag/team": "a", "aws:TagKeys": "team"}
_HAS = {"iam:PermissionsBoundary": LIMIT}
_ATTACHED = {"iam:PolicyARN": ADMINISTRATOR}
_GETS = {"iam:PermissionsBoundary": OTHER}


def _of_both(word: str, target: dict[str, str]) -> list[Case]:
    """The cases that users and roles share, the most harmless first."""
    attached = {**target, "PolicyArn": ADMINISTRATOR}
    return [
        Case(f"Get{word}", target, _RESOURCE),
        Case(f"List{word}Tags", target, _RESOURCE),
        Case(f"List{word}Policies", target, _RESOURCE),
        Case(f"ListAttached{word}Policies", target, _RESOURCE),
        Case(f"Put{word}Policy", {**target, **INLINE}, {**_HAS, **_RESOURCE}),
        Case(f"Get{word}Policy", {**target, "PolicyName": "p"}, _RESOURCE),
        Case(f"Delete{word}Policy", {**target, "PolicyName": "p"}, {**_HAS, **_RESOURCE}),
        Case(f"Attach{word}Policy", attached, {**_ATTACHED, **_HAS, **_RESOURCE}),
        Case(f"Detach{word}Policy", attached, {**_ATTACHED, **_HAS, **_RESOURCE}),
        Case(f"Tag{word}", {**target, "Tags": TAGS}, {**_TAGS, **_RESOURCE}),
        Case(f"Untag{word}", {**target, "TagKeys": ["team"]}, {"aws:TagKeys": "team", **_RESOURCE}),
        Case(
            f"Put{word}PermissionsBoundary",
            {**target, "PermissionsBoundary": OTHER},
            {**_GETS, **_RESOURCE},
        ),
        Case(f"Delete{word}PermissionsBoundary", target, {**_GETS, **_RESOURCE}),
    ]


CASES = [
    *_of_both("User", USER),
    *_of_both("Role", ROLE),
    Case("AttachGroupPolicy", {**GROUP, "PolicyArn": ADMINISTRATOR}, _ATTACHED),
    Case("DetachGroupPolicy", {**GROUP, "PolicyArn": ADMINISTRATOR}, _ATTACHED),
    Case(
        "CreateUser",
        {"UserName": "new", "Tags": TAGS, "PermissionsBoundary": LIMIT},
        {**_TAGS, **_HAS},
    ),
    Case(
        "CreateRole",
        {
            "RoleName": "new",
            "Tags": TAGS,
            "PermissionsBoundary": LIMIT,
            "AssumeRolePolicyDocument": EVERYBODY,
        },
        {**_TAGS, **_HAS},
    ),
    Case("CreatePolicy", {"PolicyName": "new", "PolicyDocument": NOTHING, "Tags": TAGS}, _TAGS),
    Case(
        "TagPolicy", {"PolicyArn": LIMIT, "Tags": TAGS}, {**_TAGS, "aws:ResourceTag/secret": "yes"}
    ),
    Case(
        "UntagPolicy",
        {"PolicyArn": LIMIT, "TagKeys": ["team"]},
        {"aws:TagKeys": "team", "aws:ResourceTag/secret": "yes"},
    ),
    Case("GetPolicy", {"PolicyArn": LIMIT}, {"aws:ResourceTag/secret": "yes"}),
    Case(
        "CreatePolicyVersion",
        {"PolicyArn": LIMIT, "PolicyDocument": NOTHING},
        {"aws:ResourceTag/secret": "yes"},
    ),
    Case("CreateAccessKey", USER, _RESOURCE),
    Case("ListAccessKeys", USER, _RESOURCE),
    Case("UpdateAssumeRolePolicy", {**ROLE, "PolicyDocument": EVERYBODY}, _RESOURCE),
    Case("UpdateRole", {**ROLE, "Description": "x"}, _RESOURCE),
    Case(
        "SimulatePrincipalPolicy",
        {"PolicySourceArn": f"{ACCOUNT}:user/target", "ActionNames": ["iam:GetUser"]},
        _RESOURCE,
    ),
    Case(
        "AssumeRole",
        {
            "RoleArn": f"{ACCOUNT}:role/target",
            "RoleSessionName": "me",
            "ExternalId": "12",
            "Tags": TAGS,
        },
        {**_TAGS, **_RESOURCE, "sts:ExternalId": "12", "sts:RoleSessionName": "me"},
    ),
    Case("GetFederationToken", {"Name": "fed", "Tags": TAGS}, _TAGS),
]


@pytest.fixture(scope="module")
def account(closed_server: RunningServer) -> Account:
    """An account with a target of each kind, and an attacker."""
    account = Account(closed_server)
    iam = account.iam
    secret = [{"Key": "secret", "Value": "yes"}]
    iam.create_policy(PolicyName="limit", PolicyDocument=NOTHING, Tags=secret)
    iam.create_policy(PolicyName="other", PolicyDocument=NOTHING)
    iam.create_user(**USER, PermissionsBoundary=LIMIT, Tags=secret)
    iam.create_role(
        **ROLE, PermissionsBoundary=LIMIT, Tags=secret, AssumeRolePolicyDocument=EVERYBODY
    )
    iam.create_group(**GROUP)
    return account


@pytest.fixture(scope="module")
def attacker(account: Account) -> dict[str, str]:
    return account.user("attacker")


def may(account: Account, clients: dict[str, Any], case: Case, key: str, value: str) -> bool:
    """Whether the attacker may do it, through its clients, in spite of a Deny on that value of the
    key."""
    service = "sts" if case.action in ("AssumeRole", "GetFederationToken") else "iam"
    denied = {
        "Effect": "Deny", "Action": f"{service}:{case.action}", "Resource": "*",
        "Condition": {"ForAnyValue:StringLike": {key: value}},
    }  # fmt: skip
    account.allow("attacker", {"Effect": "Allow", "Action": "*", "Resource": "*"}, denied)
    try:
        clients[service]._make_api_call(case.action, case.parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] == "AccessDenied":
            return False
        raise
    return True


def test_each_key_of_each_action(account: Account, attacker: dict[str, str]) -> None:
    """One test, since later cases need the results of earlier ones."""
    clients = {service: account.client(attacker, service) for service in ("iam", "sts")}
    for case in CASES:
        for key, value in case.keys.items():
            assert not may(account, clients, case, key, value), (case.action, key)
        (key, *_) = case.keys
        assert may(account, clients, case, key, "something-else"), case.action


def test_every_action_of_the_table_has_its_case() -> None:
    keys = {case.action: {key.lower().partition("/")[0] for key in case.keys} for case in CASES}
    for action, declared in DECLARED.items():
        assert {key.partition("/")[0] for key in declared} <= keys[action], action


def test_a_policy_that_could_not_be_judged(account: Account) -> None:
    denied = {
        "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceIpAddress": "x"}},
    }  # fmt: skip
    with pytest.raises(ClientError, match="aws:SourceIpAddress is never set on this server"):
        account.allow("attacker", denied)
