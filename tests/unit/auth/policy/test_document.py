"""Which texts are policies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.auth.policy.compile import compile_policy
from jedlik.auth.policy.document import MalformedPolicy, read_policy
from jedlik.auth.policy.facts import by_key
from tests.properties import examples
from tests.unit.auth.policy.deciding import ALICE, TABLE, statement

PLAIN = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"}


@pytest.mark.parametrize(
    "document",
    [
        {"Statement": PLAIN},
        {"Statement": [PLAIN]},
        {"Version": "2012-10-17", "Statement": [PLAIN]},
        {"Version": "2008-10-17", "Id": "x y", "Statement": [PLAIN]},
        {"Statement": [{**PLAIN, "Sid": "A1"}, {**PLAIN, "Sid": "A2"}]},
        {"Statement": [{**PLAIN, "Sid": ""}, {**PLAIN, "Sid": ""}]},
        {"Statement": {**PLAIN, "Action": ["a:b", "c:d*"]}},
        {"Statement": {**PLAIN, "Condition": {}}},
        {"Statement": {**PLAIN, "Condition": {"NumericEquals": {"a:b": [1, 2.5]}}}},
    ],
)
def test_valid_policies_are_read(document: Any) -> None:
    assert read_policy(json.dumps(document)).statements


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in PLAIN.items() if key != name}


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ([], "Syntax errors in policy."),
        ({}, "Syntax errors in policy."),
        ({"Statement": []}, "Syntax errors in policy."),
        ({"Statement": ["x"]}, "Syntax errors in policy."),
        ({"Statement": PLAIN, "Other": 1}, "Syntax errors in policy."),
        ({"Version": "2024-01-01", "Statement": PLAIN}, "Syntax errors in policy."),
        ({"Version": 1, "Statement": PLAIN}, "valid version string"),
        ({"Id": 1, "Statement": PLAIN}, "Syntax errors in policy."),
        ({"Statement": without("Effect")}, "Syntax errors in policy."),
        ({"Statement": {**PLAIN, "Effect": "allow"}}, "The policy failed legacy parsing"),
        ({"Statement": {**PLAIN, "Effect": 1}}, "Syntax errors in policy."),
        ({"Statement": without("Action")}, "must contain actions"),
        ({"Statement": without("Resource")}, "must contain resources"),
        ({"Statement": {**PLAIN, "NotAction": "a:b"}}, "Syntax errors in policy."),
        ({"Statement": {**PLAIN, "NotResource": "*"}}, "Syntax errors in policy."),
        ({"Statement": {**PLAIN, "Action": []}}, "must contain actions"),
        ({"Statement": {**PLAIN, "Action": ""}}, "must be prefaced by a vendor"),
        ({"Statement": {**PLAIN, "Resource": []}}, "must contain resources"),
        ({"Statement": {**PLAIN, "Resource": ""}}, r'Resource  must be in ARN format or "\*"'),
        (
            {"Statement": {**PLAIN, "Resource": "arn:aws:iam::123456789012:example"}},
            r'IAM resource path must either be "\*", root, or start with user/, federated-user/',
        ),
        (
            {"Statement": {**PLAIN, "Resource": "arn:aws:iam:us-east-1::user/x"}},
            "IAM resource arn:aws:iam:us-east-1::user/x cannot contain region information",
        ),
        (
            {"Statement": {**PLAIN, "Resource": "arn:aws:s3:us-east-1::bucket"}},
            "Resource arn:aws:s3:us-east-1::bucket can not contain region information",
        ),
        ({"Statement": {**PLAIN, "Action": [1]}}, "Syntax errors in policy."),
        ({"Statement": {**PLAIN, "Action": "GetItem"}}, "prefaced by a vendor"),
        ({"Statement": {**PLAIN, "Action": "a:b:c"}}, "only one colon"),
        ({"Statement": {**PLAIN, "Resource": "table/Music"}}, "must be in ARN format"),
        ({"Statement": {**PLAIN, "Resource": "arn:aws:dynamodb"}}, "must be in ARN format"),
        ({"Statement": {**PLAIN, "Principal": "*"}}, "should not specify a principal"),
        (
            {"Statement": {**PLAIN, "Sid": "a b"}},
            r"must be alpha-numeric. Check that your input satisfies the regular expression \[0-9A",
        ),
        ({"Statement": [{**PLAIN, "Sid": "A"}, {**PLAIN, "Sid": "A"}]}, "must be unique"),
        ({"Statement": {**PLAIN, "Condition": []}}, "Syntax errors in policy."),
        ({"Statement": {**PLAIN, "Condition": {"Bool": "x"}}}, "Syntax errors in policy."),
        ({"Statement": {**PLAIN, "Condition": {"Bool": {"x": "true"}}}}, "vendor"),
        ({"Statement": {**PLAIN, "Condition": {"Bool": {"a:x": {}}}}}, "Syntax errors in policy."),
        ({"Statement": {**PLAIN, "Condition": {"Bool": {"a:x": None}}}}, "Syntax errors"),
        ({"Statement": {**PLAIN, "Condition": {"Null": {"a:x": "yes"}}}}, "Null"),
        ({"Statement": {**PLAIN, "Other": 1}}, "Syntax errors in policy."),
    ],
)
def test_what_is_no_policy(document: Any, text: str) -> None:
    with pytest.raises(MalformedPolicy, match=text):
        compile_policy(json.dumps(document))


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "nonsense", '{"Statement": NaN}', "[" * 100_000),
        *(r'{"Id": "\ud800"}', r'{"\udfff": 1}', '{"Id": 18446744073709551616}'),
    ],
)
def test_what_is_no_json(text: str) -> None:
    with pytest.raises(MalformedPolicy, match="invalid Json"):
        read_policy(text)


def test_members_given_twice() -> None:
    text = json.dumps({"Statement": PLAIN})[:-1] + ', "Statement": []}'
    with pytest.raises(MalformedPolicy):
        read_policy(text)


@pytest.mark.parametrize(
    ("principal", "good"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": ["111111111111", ALICE.arn]}, True),
        ({"Service": "x.amazonaws.com"}, True),
        ({"AWS": "arn:aws:iam::111111111111:user/*"}, False),
        ({"AWS": []}, False),
        ({"Other": "x"}, False),
        ({}, False),
        ("x", False),
        (None, False),
    ],
)
def test_principals_of_resource_policies(principal: Any, good: bool) -> None:
    text = json.dumps({"Statement": {**PLAIN, "Principal": principal}})
    if good:
        assert read_policy(text, names_principals=True).statements[0].principals
        return
    with pytest.raises(MalformedPolicy):
        read_policy(text, names_principals=True)


def test_trust_policies_name_principals_and_no_resources() -> None:
    trusting = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ALICE.arn}}
    assert read_policy(json.dumps({"Statement": trusting}), trust=True)
    for wrong in ({**trusting, "Resource": "*"}, without("Resource")):
        with pytest.raises(MalformedPolicy):
            read_policy(json.dumps({"Statement": wrong}), trust=True)


WORDS = st.sampled_from(
    ["Version", "2012-10-17", "Statement", "Effect", "Allow", "Deny", "Action", "NotAction", "*",
     "Resource", "dynamodb:Get*", TABLE, "Condition", "StringLike", "ForAllValues:StringLike",
     "aws:username", "${aws:username}", "${", "Principal", "AWS", "Null", "true", "IpAddress"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@examples(300)
@given(st.one_of(st.text(), JSON.map(json.dumps),
                 JSON.map(lambda each: json.dumps({"Statement": statement(Condition=each)}))),
       st.booleans())  # fmt: skip
def test_no_text_does_more_than_being_refused(text: str, names_principals: bool) -> None:
    try:
        compiled = compile_policy(text, names_principals=names_principals)
    except MalformedPolicy:
        return
    for each in compiled:
        left = each.narrow("dynamodb:GetItem", TABLE, ALICE, by_key)
        if left is not None:
            assert left.test(lambda _key: ("alice",)) in (True, False)
