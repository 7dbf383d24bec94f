"""Policies with conditions that cannot be evaluated here are refused if they would allow too
much."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jedlik.app.apis import APIS
from jedlik.auth.policy.document import MalformedPolicy, read_policy
from jedlik.dax.access import authorizer
from jedlik.services.cloudwatch import permissions as monitoring
from jedlik.services.dynamodb.api import request_parts, statements
from jedlik.services.iam.authorization import condition_keys
from jedlik.services.iam.authorization.new_policies import (
    KEYS,
    WITHOUT_VALUE,
    compile_new,
    is_set,
)
from jedlik.services.iam.operations.condition_keys import BOUNDARY, DECLARED, POLICY_ARN
from jedlik.services.kms.access import facts

IN_POLICIES = {"monitoring": "cloudwatch", "jedlik-replication": "dynamodb"}
"""Services that policies call otherwise than signatures do."""


def policy(effect: str, condition: dict[str, Any], action: str = "*") -> str:
    statement = {"Effect": effect, "Action": action, "Resource": "*", "Condition": condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def check(text: str) -> None:
    compile_new(read_policy(text))


def test_the_services_that_are_here() -> None:
    signed = {name for api in APIS for name in api.signing_names}
    assert set(KEYS) == {"aws"} | {IN_POLICIES.get(name, name) for name in signed}


def test_the_keys_that_are_set() -> None:
    tables = (
        condition_keys._CONNECTION_KEYS, condition_keys._POINT_KEYS, condition_keys._PRINCIPAL_KEYS,
        condition_keys._REQUEST_KEYS, condition_keys._TIME_KEYS, facts._KEYS,
        request_parts.CONDITION_KEYS, statements.CONDITION_KEYS, authorizer.CONDITION_KEYS,
        monitoring._OWN_KEYS,
        *(dict.fromkeys(keys) for keys in DECLARED.values()),
    )  # fmt: skip
    of_tags = {
        "aws:principaltag/", "aws:requesttag/", "aws:resourcetag/", "iam:resourcetag/",
        "kms:encryptioncontext:", "kms:calleraccount",
    }  # fmt: skip
    of_functions = {"iam:associatedresourcearn", "iam:passedtoservice", "lambda:functionarn"}
    of_scaling = {
        "application-autoscaling:scalable-dimension", "application-autoscaling:service-namespace",
    }  # fmt: skip
    found = {key for table in tables for key in table} | of_tags | of_functions | of_scaling
    assert found == {f"{service}:{name}" for service in KEYS for name in KEYS[service]}
    assert not found & WITHOUT_VALUE
    assert {BOUNDARY, POLICY_ARN} <= found


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("aws:SourceIp", True),
        ("AWS:PrincipalTag/team", True),
        ("kms:EncryptionContext:a", True),
        ("iam:ResourceTag/a", True),
        ("aws:PrincipalOrgID", True),
        ("s3:prefix", True),
        ("aws:SourceIpp", False),
        ("aws:PrincipalTags/team", False),
        ("dynamodb:LeadingKey", False),
        ("lambda:Layer", False),
        ("sts:DurationSeconds", False),
    ],
)
def test_what_is_set(key: str, expected: bool) -> None:
    assert is_set(key) is expected


@pytest.mark.parametrize(
    ("effect", "operator", "action", "taken"),
    [
        ("Deny", "StringEquals", "*", False),
        ("Deny", "StringNotEquals", "dynamodb:*", False),
        ("Deny", "StringEquals", "iam:CreateUser", False),
        ("Deny", "StringEquals", "dynam*:*", False),
        ("Deny", "StringEquals", "s3:GetObject", True),
        ("Allow", "StringEquals", "*", True),
        ("Allow", "ForAnyValue:StringLike", "*", True),
        ("Allow", "StringNotEquals", "*", False),
        ("Allow", "StringEqualsIfExists", "*", False),
        ("Allow", "ForAllValues:StringEquals", "*", False),
        ("Allow", "ArnNotLike", "*", False),
    ],
)
def test_where_an_absent_key_would_open_something(
    effect: str, operator: str, action: str, taken: bool
) -> None:
    text = policy(effect, {operator: {"lambda:Layer": "arn:aws:lambda:::layer:x"}}, action)
    if taken:
        check(text)
        return
    with pytest.raises(MalformedPolicy, match=r"Condition key lambda:Layer is never set"):
        check(text)
    check(text.replace("lambda:Layer", "aws:username"))


def test_null_and_not_action() -> None:
    with pytest.raises(MalformedPolicy):
        check(policy("Allow", {"Null": {"lambda:Layer": "true"}}))
    text = policy("Deny", {"StringEquals": {"lambda:Layer": "x"}}, "s3:GetObject")
    with pytest.raises(MalformedPolicy):
        check(text.replace('"Action"', '"NotAction"'))


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("IpAddress", "aws:SourceIp", "10.0.0.0/33"),
        ("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "10.0.0.0/8 "]),
        ("ForAnyValue:IpAddress", "aws:SourceIp", "${aws:username}"),
        ("NumericLessThanIfExists", "aws:EpochTime", "soon"),
        ("DateGreaterThan", "aws:CurrentTime", "2027-13-01T00:00:00Z"),
        ("Bool", "aws:SecureTransport", "fals"),
        ("BinaryEquals", "aws:username", "%"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*"),
    ],
)
def test_values_that_match_nothing(operator: str, key: str, value: str | list[str]) -> None:
    with pytest.raises(MalformedPolicy, match=f"^{operator} cannot read the value '.*' of {key}"):
        check(policy("Deny", {operator: {key: value}}))
    check(policy("Allow", {operator: {key: value}}))  # which they keep from everyone
    check(policy("Deny", {operator: {key: value}}, "s3:GetObject"))


@pytest.mark.parametrize("operator", ["NotIpAddress", "ForAllValues:NotIpAddress"])
def test_negated_operators_are_the_reverse(operator: str) -> None:
    condition = {operator: {"aws:SourceIp": "10.0.0.0/33"}}
    with pytest.raises(MalformedPolicy, match="cannot read the value"):
        check(policy("Allow", condition))
    check(policy("Deny", condition))


def test_what_variables_stand_for_is_not_known() -> None:
    condition = {"ArnLike": {"aws:PrincipalArn": "${aws:PrincipalTag/owner}"}}
    check(policy("Deny", condition))
