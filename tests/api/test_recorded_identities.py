"""Answers of IAM and STS as recorded from the real service (snapshots of LocalStack's tests): their
members, and the texts of errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.accounts import Account, allow, document, refusal

BASE = "arn:aws:iam::000000000000"
TRUST = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}})
POLICY = document(allow("a:b"))
BAD_VERSION = (
    "1 validation error detected: Value at 'versionId' failed to satisfy constraint: Member must "
    "satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?"
)


def test_members_of_roles(account: Account) -> None:
    iam = account.iam
    named = {"RoleName": "shown"}
    made = iam.create_role(**named, AssumeRolePolicyDocument=TRUST, Description="d")["Role"]
    common = {"Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument"}
    assert set(made) == common
    got = iam.get_role(**named)["Role"]
    assert set(got) == common | {"Description", "MaxSessionDuration", "RoleLastUsed"}
    assert got["RoleLastUsed"] == {}
    described = iam.update_role_description(**named, Description="e")["Role"]
    assert set(described) == common | {"Description"}


def test_members_of_policies(account: Account) -> None:
    iam = account.iam
    made = iam.create_policy(PolicyName="shown", PolicyDocument=POLICY, Description="d")["Policy"]
    assert not {"Description", "Tags"} & set(made)
    got = iam.get_policy(PolicyArn=made["Arn"])["Policy"]
    assert (got["Description"], got["Tags"]) == ("d", [])
    tags = [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]
    tagged = iam.create_policy(PolicyName="tagged", PolicyDocument=POLICY, Tags=tags)["Policy"]
    assert tagged["Tags"] == tags


def test_whose_keys_they_are_is_said_key_by_key(account: Account) -> None:
    account.iam.create_user(UserName="holder")
    key = account.iam.create_access_key(UserName="holder")["AccessKey"]
    answer = account.iam.list_access_keys(UserName="holder")
    assert "UserName" not in answer
    assert answer["AccessKeyMetadata"][0]["AccessKeyId"] == key["AccessKeyId"]


def _policy_of(**members: Any) -> str:
    statement = {"Effect": "Allow", "Action": "a:b", "Resource": "*", **members}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


REFUSED = {
    "a policy that is there": (
        "create_policy",
        {"PolicyName": "there", "PolicyDocument": POLICY},
        "EntityAlreadyExists",
        "A policy called there already exists. Duplicate names are not allowed.",
    ),
    "no version given": (
        "create_policy",
        {
            "PolicyName": "old",
            "PolicyDocument": json.dumps({"Statement": json.loads(POLICY)["Statement"]}),
        },
        "MalformedPolicyDocument",
        "Policy document must be version 2012-10-17 or greater.",
    ),
    "a vendor of other letters": (
        "create_policy",
        {"PolicyName": "new", "PolicyDocument": _policy_of(Action="a b:c")},
        "MalformedPolicyDocument",
        "Vendor a b is not valid",
    ),
    "another partition": (
        "create_policy",
        {"PolicyName": "new", "PolicyDocument": _policy_of(Resource="arn:other:s3:::x")},
        "MalformedPolicyDocument",
        'Partition "other" is not valid for resource "arn:other:s3:::x".',
    ),
    "a policy that is too long": (
        "create_policy",
        {"PolicyName": "new", "PolicyDocument": _policy_of(Sid="a" * 6144)},
        "LimitExceeded",
        "Cannot exceed quota for PolicySize: 6144",
    ),
    "a condition on what is no number": (
        "put_role_policy",
        {
            "RoleName": "there",
            "PolicyName": "own",
            "PolicyDocument": _policy_of(Condition={"NumericLessThan": {"s3:max-keys": "abc"}}),
        },
        "MalformedPolicyDocument",
        "The policy failed legacy parsing",
    ),
    "a path of the service's": (
        "create_role",
        {"RoleName": "linked", "Path": "/aws-service-role/", "AssumeRolePolicyDocument": TRUST},
        "InvalidInput",
        "Paths beginning with '/aws-service-role' are reserved for AWS Service Linked Roles",
    ),
    "a boundary of another partition": (
        "create_role",
        {
            "RoleName": "far",
            "PermissionsBoundary": "arn:aws-cn:iam::aws:policy/ReadOnlyAccess",
            "AssumeRolePolicyDocument": TRUST,
        },
        "ValidationError",
        "Invalid ARN partition",
    ),
    "a version of no form": (
        "get_policy_version",
        {"PolicyArn": f"{BASE}:policy/there", "VersionId": "one"},
        "ValidationError",
        BAD_VERSION,
    ),
    "a version that is not there": (
        "get_policy_version",
        {"PolicyArn": f"{BASE}:policy/there", "VersionId": "v4"},
        "NoSuchEntity",
        f"Policy {BASE}:policy/there version v4 does not exist or is not attachable.",
    ),
    "a version of a policy that is not there": (
        "set_default_policy_version",
        {"PolicyArn": f"{BASE}:policy/none", "VersionId": "v1"},
        "NoSuchEntity",
        f"Policy {BASE}:policy/none version v1 does not exist or is not attachable.",
    ),
    "a tag twice": (
        "tag_policy",
        {"PolicyArn": f"{BASE}:policy/there", "Tags": [{"Key": "a", "Value": "b"}] * 2},
        "InvalidInput",
        "Duplicate tag keys found.",
    ),
    "neither user nor group": (
        "add_user_to_group",
        {"UserName": "nobody", "GroupName": "none"},
        "NoSuchEntity",
        "The user with name nobody cannot be found.",
    ),
    "use of a key that is not there": (
        "get_access_key_last_used",
        {"AccessKeyId": "A" * 20},
        "AccessDenied",
        (
            f"User: {BASE}:root is not authorized to perform iam:GetAccessKeyLastUsed on "
            f"resource: access key {'A' * 20}"
        ),
    ),
}


@pytest.fixture(scope="module")
def there(account: Account) -> Account:
    account.iam.create_policy(PolicyName="there", PolicyDocument=POLICY)
    account.iam.create_role(RoleName="there", AssumeRolePolicyDocument=TRUST)
    return account


@pytest.mark.parametrize("case", REFUSED)
def test_words_of_refusals(there: Account, case: str) -> None:
    operation, parameters, code, text = REFUSED[case]
    found = refusal(getattr(there.iam, operation), **parameters)
    assert found == (code, text)


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("x" * 65, "Member must have length less than or equal to 64"),
        ("a b", "Member must satisfy regular expression pattern: [\\w+=,.@-]*"),
    ],
)
def test_names_of_sessions(there: Account, name: str, broken: str) -> None:
    sts = there.server.client("sts")
    code, text = refusal(sts.assume_role, RoleArn=f"{BASE}:role/there", RoleSessionName=name)
    assert code == "ValidationError"
    assert text == (
        f"1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy "
        f"constraint: {broken}"
    )


def test_a_transitive_tag_that_is_not_given(there: Account) -> None:
    found = refusal(
        there.server.client("sts").assume_role,
        RoleArn=f"{BASE}:role/there", RoleSessionName="day", TransitiveTagKeys=["team"],
    )  # fmt: skip
    assert found == (
        "InvalidParameterValue",
        "The specified transitive tag key must be included in the requested tags.",
    )
