"""A user who may create resources but not tag them cannot create tagged ones.

Policies depend on tags: otherwise a user who may create users could create one with a tag to whose
holders a policy allows more.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.accounts import Account, allow, document, refusal
from tests.functions import TRUSTS_LAMBDA
from tests.servers import RunningServer

TAGS = [{"Key": "team", "Value": "payroll"}]
SCALED = {
    "ServiceNamespace": "dynamodb", "ResourceId": "table/none", "MinCapacity": 1, "MaxCapacity": 2,
    "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
}  # fmt: skip
MADE: list[tuple[str, str, dict[str, Any], str]] = [
    ("iam", "create_user", {"UserName": "tagged"}, "iam:TagUser"),
    (
        "iam",
        "create_role",
        {"RoleName": "tagged", "AssumeRolePolicyDocument": TRUSTS_LAMBDA},
        "iam:TagRole",
    ),
    (
        "iam",
        "create_policy",
        {"PolicyName": "tagged", "PolicyDocument": document(allow("dynamodb:*"))},
        "iam:TagPolicy",
    ),
    (
        "application-autoscaling",
        "register_scalable_target",
        SCALED,
        "application-autoscaling:TagResource",
    ),
]


@pytest.mark.parametrize(("service", "name", "request_", "action"), MADE)
def test_tags_take_their_own_permission(
    closed_server: RunningServer, service: str, name: str, request_: dict[str, Any], action: str
) -> None:
    account = Account(closed_server)
    user = f"makes-{name}"
    tags = {"team": "payroll"} if service == "application-autoscaling" else TAGS
    never = {**allow(action), "Effect": "Deny"}
    client = account.client(account.user(user, allow(f"{service}:*"), never), service)
    code, text = refusal(getattr(client, name), Tags=tags, **request_)
    assert code.startswith("AccessDenied")
    assert f"is not authorized to perform: {action} on resource" in text
