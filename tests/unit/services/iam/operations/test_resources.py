"""The resources of actions, and how errors show them (errors of the service, as quoted in public
repositories)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from jedlik.auth.policy.principals import Caller
from jedlik.services.iam.authorization.principals import Principal
from jedlik.services.iam.model import Group, Role, User
from jedlik.services.iam.operations.call import IdentityCall
from jedlik.services.iam.operations.resources import Resource, resources_of
from jedlik.services.iam.store import Identities

HERE = "arn:aws:iam::123456789012"
BOB = User("Bob", "AIDA1", "/staff/", 0.0)
NOW = Identities(
    users={"bob": BOB},
    groups={"admins": Group("Admins", "AGPA1", "/", 0.0)},
    roles={"deploy": Role("Deploy", "AROA1", "/ci/", 0.0)},
)
CALL = IdentityCall(
    "", {}, NOW, cast(Any, None), "123456789012", 0.0, cast(Any, None), None, cast(Any, None)
)

CASES: list[tuple[str, dict[str, str], str, str]] = [
    ("CreateUser", {"UserName": "eve", "Path": "/x/"}, f"{HERE}:user/x/eve", f"{HERE}:user/x/eve"),
    ("CreateRole", {"RoleName": "r"}, f"{HERE}:role/r", f"{HERE}:role/r"),
    ("CreateGroup", {"GroupName": "g"}, f"{HERE}:group/g", f"{HERE}:group/g"),
    ("CreatePolicy", {"PolicyName": "p"}, f"{HERE}:policy/p", "policy p"),
    ("GetPolicy", {"PolicyArn": f"{HERE}:policy/p"}, f"{HERE}:policy/p", f"policy {HERE}:policy/p"),
    ("GetUser", {"UserName": "Bob"}, f"{HERE}:user/staff/Bob", "user Bob"),
    ("CreateAccessKey", {"UserName": "none"}, f"{HERE}:user/none", "user none"),
    (
        "AttachUserPolicy",
        {"UserName": "Bob", "PolicyArn": f"{HERE}:policy/p"},
        f"{HERE}:user/staff/Bob",
        "user Bob",
    ),
    ("GetRole", {"RoleName": "Deploy"}, f"{HERE}:role/ci/Deploy", "role Deploy"),
    (
        "AddUserToGroup",
        {"GroupName": "Admins", "UserName": "Bob"},
        f"{HERE}:group/Admins",
        "group Admins",
    ),
    ("ListUsers", {}, f"{HERE}:user/", f"{HERE}:user/"),
    ("ListRoles", {"PathPrefix": "/ci/"}, f"{HERE}:role/ci/", f"{HERE}:role/ci/"),
    ("ListPolicies", {}, "*", "policy path /"),
    ("GetAccountSummary", {}, "*", "*"),
    (
        "SimulatePrincipalPolicy",
        {"PolicySourceArn": f"{HERE}:user/Bob"},
        f"{HERE}:user/Bob",
        f"{HERE}:user/Bob",
    ),
    ("AssumeRole", {"RoleArn": f"{HERE}:role/none"}, f"{HERE}:role/none", f"{HERE}:role/none"),
]


@pytest.mark.parametrize(("action", "parameters", "arn", "shown"), CASES)
def test_the_resources_of_each_action(
    action: str, parameters: dict[str, str], arn: str, shown: str
) -> None:
    call = replace(CALL, action=action, parameters=parameters)
    assert list(resources_of(call)) == [Resource(arn, shown)]


def test_the_caller_is_shown_by_name_if_a_user() -> None:
    for arn, name, shown in (
        (f"{HERE}:user/staff/Bob", "Bob", "user Bob"),
        ("arn:aws:sts::123456789012:assumed-role/Deploy/s", None, None),
    ):
        principal = Principal(Caller(arn, "123456789012"), "", "", name)
        call = replace(CALL, action="ListAccessKeys", principal=principal)
        assert list(resources_of(call)) == [Resource(arn, shown or arn)]


def test_a_new_name_is_a_second_resource() -> None:
    call = replace(CALL, action="UpdateUser", parameters={"UserName": "bob", "NewUserName": "Rob"})
    new = f"{HERE}:user/staff/Rob"
    assert list(resources_of(call)) == [
        Resource(f"{HERE}:user/staff/Bob", "user bob"), Resource(new, new)
    ]  # fmt: skip
