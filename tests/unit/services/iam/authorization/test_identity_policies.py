"""Policies that could be evaluated, but that IAM refuses: as measured in September 2026."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from jedlik.auth.policy.document import MalformedPolicy, read_document
from jedlik.services.iam.authorization.identity_policies import (
    check_document,
    new_identity_policy,
)

SYNTAX = "Syntax errors in policy."
LEGACY = "The policy failed legacy parsing"
VENDOR = "Action vendors (e.g., aws, ec2, etc.) must not contain wildcards."
REGEXES = "Resource vendor must be fully qualified and cannot contain regexes."
ONLY_STS = "AssumeRole policy may only specify STS AssumeRole actions."
NO_FORM = 'Invalid principal in policy: "{}":"{}"'


def policy(**members: Any) -> object:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **members}
    return {"Version": "2012-10-17", "Statement": [statement]}


def trust(**members: Any) -> object:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    return {"Version": "2012-10-17", "Statement": {**statement, **members}}


def condition(operator: str, value: Any) -> object:
    return policy(Condition={operator: {"aws:any": value}})


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("Null", "true"), ("ForAllValues:Null", "true"),
        *(("NumericLessThan", value) for value in ("10", 10, "10.5", "-1", "1e3")),
        *(("DateGreaterThan", value) for value in (
            "2026", "2026-01", "2026-01-01", "2026-01-01T00:00Z", "2026-01-01T00:00:00.000Z",
            "2026-01-01T00:00:00+09:00", "1767225600",
        )),
        *(("NotIpAddress", value) for value in (
            "203.0.113.0/24", "203.0.113.5", "0.0.0.0/0", "2001:db8::/32", "2001:db8::1", "::/0",
        )),
        *(("ArnLike", value) for value in ("arn:*:s3:::b", "arn:aws:*:*:*:*", "*")),
        ("BinaryEquals", "YWJj"), ("BinaryEqualsIfExists", ["YWJjZA=="]),
    ],
)  # fmt: skip
def test_conditions_that_are_taken(operator: str, value: Any) -> None:
    check_document(condition(operator, value))


@pytest.mark.parametrize(
    ("operator", "values", "text"),
    [
        ("NullIfExists", ["true"], SYNTAX),
        ("StringEqualz", ["v"], SYNTAX),
        ("StringEquals", [{"a": "b"}, [{"a": "b"}]], SYNTAX),
        ("NumericLessThan", ["abc", " 10", "0x10"], LEGACY),
        ("DateGreaterThan", ["tomorrow", "2026/01/01", "2026-13-45",
                             "Thu, 01 Jan 2026 00:00:00 GMT"], LEGACY),
        ("IpAddress", ["203.0.113.999/24", "example.com", "1.2.3", "10.0.0.0/33", "::1 "], LEGACY),
        ("ArnLike", ["nope", "arn:aws:s3:b", "${aws:PrincipalArn}"], LEGACY),
        ("BinaryEquals", ["!!!", "abc", "YWJj=="], SYNTAX),
    ],
)  # fmt: skip
def test_conditions_that_are_refused(operator: str, values: list[Any], text: str) -> None:
    for value in values:
        with pytest.raises(MalformedPolicy) as raised:
            check_document(condition(operator, value))
        assert str(raised.value) == text


@pytest.mark.parametrize(
    ("resource", "text"),
    [
        ("arn:aws:dynamodb:us-east-1:table", LEGACY),
        ("arn:aws:s3:my-bucket",
         "Resource arn:aws:s3:my-bucket:*:* can not contain region information."),
        ("arn:aws:route53:us-east-1::hostedzone/z",
         "Resource arn:aws:route53:us-east-1::hostedzone/z can not contain region information."),
        ("arn:aws:s3::111122223333:b",
         "Resource arn:aws:s3::111122223333:b cannot contain an account id."),
        ("arn:aws:*:::b", REGEXES),
        ("arn:aws:s3*:::b", REGEXES),
        ("arn:aws-cn:s3:::b", 'Partition "aws-cn" is not valid for resource "arn:aws-cn:s3:::b".'),
        ("arn::s3:::b", 'Partition "" is not valid for resource "arn::s3:::b".'),
    ],
)  # fmt: skip
def test_resources_that_are_refused(resource: str, text: str) -> None:
    with pytest.raises(MalformedPolicy) as raised:
        check_document(policy(Resource=["*", resource]))
    assert str(raised.value) == text


@pytest.mark.parametrize(
    "resource",
    ["*", "arn:*:s3:::b", "arn:aws:s3:::b*", "arn:aws:cloudfront:us-east-1::x",
     "arn:aws:s3:us-east-1:111122223333:accesspoint/ap"],
)  # fmt: skip
def test_resources_that_are_taken(resource: str) -> None:
    check_document(policy(Resource=resource))


@pytest.mark.parametrize("action", ["*:GetObject", "s3*:GetObject", "s3?:Get"])
def test_vendors_of_actions_have_no_wildcards(action: str) -> None:
    with pytest.raises(MalformedPolicy) as raised:
        check_document(policy(Action=action))
    assert str(raised.value) == VENDOR
    for good in ("*", "s3:*", "s3:Get*"):
        check_document(policy(NotAction=good))


@pytest.mark.parametrize(
    ("members", "text"),
    [
        *(({"Action": action}, ONLY_STS) for action in (
            "sts:*", "*", "sts:AssumeRoot", "sts:GetCallerIdentity", "sts:assumerole",
        )),
        ({"Principal": "*"}, 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'),
        *(({"Principal": {"AWS": name}}, NO_FORM.format("AWS", name)) for name in (
            "12345", "arn:aws:iam::111122223333:user/*", "arn:aws:iam::111122223333:*",
            "111122223333 ",
        )),
        *(({"Principal": {"Service": [name]}}, NO_FORM.format("SERVICE", name)) for name in (
            "lambda.example.com", "*",
        )),
    ],
)  # fmt: skip
def test_trust_policies_that_are_refused(members: dict[str, Any], text: str) -> None:
    with pytest.raises(MalformedPolicy) as raised:
        check_document(trust(**members), trust=True)
    assert str(raised.value) == text


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": ["*", "111122223333", "1111-2222-3333", "arn:aws:iam::111122223333:root"]},
        {"AWS": "arn:aws:iam::111122223333:role/path/name"},
        {"AWS": "arn:aws:sts::111122223333:assumed-role/name/session"},
        {"Service": "lambda.amazonaws.com"},
        {"Federated": "cognito-identity.amazonaws.com"},
    ],
)
def test_principals_that_are_taken(principal: dict[str, Any]) -> None:
    check_document(trust(Principal=principal), trust=True)


@pytest.mark.parametrize(
    "document", [[], 1, {"Statement": 1}, {"Statement": [1, {"Condition": [], "Action": 1}]}]
)
def test_what_is_not_well_formed_is_refused_elsewhere(document: object) -> None:
    check_document(document, trust=True)
    with pytest.raises(MalformedPolicy):
        read_document(document)


def test_a_new_policy_is_refused_for_any_of_the_reasons() -> None:
    never_set = {"StringEquals": {"lambda:Layer": "x"}}
    for document, text in (
        (policy(Action="*:a"), VENDOR),
        (policy(Sid="?"), "Statement IDs (SID) must be alpha-numeric"),
        (policy(Effect="Deny", Action="*", Condition=never_set), "lambda:Layer is never set"),
    ):
        with pytest.raises(MalformedPolicy, match=re.escape(text)):
            new_identity_policy(json.dumps(document))
    assert new_identity_policy(json.dumps(policy())).has_variables
