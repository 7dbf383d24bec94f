"""The permissions that operations of the Lambda API need, and that each needs some."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jedlik.base.ids import RandomIds
from jedlik.kernel.arns import Arns
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.iam.model import Role
from jedlik.services.iam.store import Identities
from jedlik.services.lambda_.inputs import OPERATIONS as SHAPES
from jedlik.services.lambda_.operations.registry import OPERATIONS
from jedlik.services.lambda_.permissions import (
    PERMISSIONS,
    NamedResource,
    PermissionContext,
    required_permissions,
)
from jedlik.storage.memory import MemoryEngine
from tests.simulated_clock import SimulatedClock

ARN = "arn:aws:lambda:us-east-1:000000000000"
FUNCTION = f"{ARN}:function:f"
MAPPING = f"{ARN}:event-source-mapping"
ROLE = "arn:aws:iam::000000000000:role/paths/Runner"
CALLS_F = {"lambda:functionarn": (FUNCTION,)}
CALLS_G = {"lambda:functionarn": (f"{ARN}:function:g",)}
PASSED = {
    "iam:passedtoservice": ("lambda.amazonaws.com",),
    "iam:associatedresourcearn": (FUNCTION,),
}

TABLE: list[tuple[str, dict[str, Any], list[tuple[str, str, dict[str, Any]]]]] = [
    ("ListFunctions", {}, [("lambda:ListFunctions", "*", {})]),
    ("GetPolicy", {"FunctionName": "f"}, [("lambda:GetPolicy", FUNCTION, {})]),
    (
        "GetFunction",
        {"FunctionName": "arn:aws:lambda:eu-west-1:123456789012:function:f", "Qualifier": "1"},
        [("lambda:GetFunction", FUNCTION, {})],
    ),
    ("Invoke", {"FunctionName": "f"}, [("lambda:InvokeFunction", FUNCTION, {})]),
    (
        "Invoke",
        {"FunctionName": "f", "Qualifier": "v1"},
        [("lambda:InvokeFunction", f"{FUNCTION}:v1", {})],
    ),
    (
        "Invoke",
        {"FunctionName": "000000000000:function:f:$LATEST"},
        [("lambda:InvokeFunction", f"{FUNCTION}:$LATEST", {})],
    ),
    (
        "CreateFunction",
        {"FunctionName": "f", "Role": ROLE.replace("Runner", "runner")},
        [("lambda:CreateFunction", FUNCTION, {}), ("iam:PassRole", ROLE, PASSED)],
    ),
    (
        "CreateFunction",
        {"FunctionName": "f", "Role": f"{ROLE}2", "Tags": {"a": "b"}},
        [
            ("lambda:CreateFunction", FUNCTION, {}),
            ("lambda:TagResource", FUNCTION, {}),
            ("iam:PassRole", f"{ROLE}2", PASSED),
        ],
    ),
    (
        "UpdateFunctionConfiguration",
        {"FunctionName": "f"},
        [("lambda:UpdateFunctionConfiguration", FUNCTION, {})],
    ),
    (
        "UpdateFunctionConfiguration",
        {"FunctionName": "f", "Role": ROLE},
        [("lambda:UpdateFunctionConfiguration", FUNCTION, {}), ("iam:PassRole", ROLE, PASSED)],
    ),
    (
        "CreateEventSourceMapping",
        {"FunctionName": "f:$LATEST", "Tags": {"a": "b"}},
        [
            ("lambda:CreateEventSourceMapping", "*", CALLS_F),
            ("lambda:TagResource", f"{MAPPING}:*", CALLS_F),
        ],
    ),
    (
        "GetEventSourceMapping",
        {"UUID": "u"},
        [("lambda:GetEventSourceMapping", f"{MAPPING}:u", CALLS_F)],
    ),
    (
        "UpdateEventSourceMapping",
        {"UUID": "u", "FunctionName": "g"},
        [
            ("lambda:UpdateEventSourceMapping", f"{MAPPING}:u", CALLS_F),
            ("lambda:UpdateEventSourceMapping", f"{MAPPING}:u", CALLS_G),
        ],
    ),
    ("ListTags", {"Resource": FUNCTION}, [("lambda:ListTags", FUNCTION, {})]),
    (
        "TagResource",
        {"Resource": f"{MAPPING}:u".replace("us-east-1", "eu-west-1")},
        [("lambda:TagResource", f"{MAPPING}:u", {})],
    ),
    ("UntagResource", {"Resource": "arn:odd"}, [("lambda:UntagResource", "arn:odd", {})]),
]


@pytest.mark.parametrize(("operation", "payload", "expected"), TABLE)
def test_what_each_operation_needs(
    operation: str, payload: dict[str, Any], expected: list[tuple[str, str, dict[str, Any]]]
) -> None:
    role = Role("Runner", "AROA1", "/paths/", 0.0)
    context = PermissionContext(Arns(), Identities(roles={"runner": role}), NamedResource({}, "f"))
    needed = PERMISSIONS[operation](context, payload)
    assert [(each.action, each.resource, dict(each.keys)) for each in needed] == expected


def test_every_operation_is_declared() -> None:
    assert set(PERMISSIONS) == set(OPERATIONS) == set(SHAPES)


def test_a_mapping_that_is_not_there_has_no_function() -> None:
    database = Database(MemoryEngine(), SimulatedClock(), RandomIds())
    needed = required_permissions(database, "GetEventSourceMapping", {"UUID": "u"})
    (permission,) = asyncio.run(needed)
    assert (permission.resource, dict(permission.keys)) == (f"{MAPPING}:u", {})
