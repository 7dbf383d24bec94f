"""Conditions: a policy allows everything under one condition, or denies everything under it.

Expected results: IAM user guide, "Condition operators" and "Set operators for multivalued context
keys".
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from jedlik.auth.policy import operators
from jedlik.auth.policy.compile import compile_policy
from jedlik.auth.policy.document import MalformedPolicy
from tests.unit.auth.policy.deciding import allows, statement

K = "aws:SourceText"

# Operator, values in the policy, values in the request (None: no such key), whether it holds.
TABLE: list[tuple[str, Any, list[str] | None, bool]] = [
    # --- Strings
    ("StringEquals", "a", ["a"], True),
    ("StringEquals", "a", ["b"], False),
    ("StringEquals", "a", ["A"], False),
    ("StringEquals", "a", ["aa"], False),
    ("StringEquals", "a*", ["ab"], False),
    ("StringEquals", "a*", ["a*"], True),
    ("StringEquals", ["a", "b"], ["b"], True),
    ("StringEquals", ["a", "b"], ["c"], False),
    ("StringEquals", [], ["c"], False),
    ("StringEquals", "a", None, False),
    ("StringEquals", "a", ["b", "a"], True),
    ("StringEquals", "é", ["é"], True),
    ("StringEquals", "1", ["1"], True),
    ("StringEquals", 1, ["1"], True),
    ("StringEquals", True, ["true"], True),
    ("StringNotEquals", "a", ["a"], False),
    ("StringNotEquals", "a", ["b"], True),
    ("StringNotEquals", "a", ["A"], True),
    ("StringNotEquals", ["a", "b"], ["b"], False),
    ("StringNotEquals", ["a", "b"], ["c"], True),
    ("StringNotEquals", "a", None, True),
    ("StringNotEquals", "a", ["b", "a"], False),
    ("StringNotEquals", "a", ["b", "c"], True),
    ("StringEqualsIgnoreCase", "Ab", ["aB"], True),
    ("StringEqualsIgnoreCase", "Ab", ["abc"], False),
    ("StringEqualsIgnoreCase", "Ab", None, False),
    ("StringNotEqualsIgnoreCase", "Ab", ["aB"], False),
    ("StringNotEqualsIgnoreCase", "Ab", ["x"], True),
    ("StringNotEqualsIgnoreCase", "Ab", None, True),
    ("StringLike", "a*", ["abc"], True),
    ("StringLike", "a*", ["a"], True),
    ("StringLike", "a*", ["ba"], False),
    ("StringLike", "*", [""], True),
    ("StringLike", "a?c", ["abc"], True),
    ("StringLike", "a?c", ["ac"], False),
    ("StringLike", "a?c", ["abbc"], False),
    ("StringLike", "*a*b*", ["xxaxxbxx"], True),
    ("StringLike", "*a*b*", ["xxbxxaxx"], False),
    ("StringLike", "a*a", ["a"], False),
    ("StringLike", "a*a", ["aa"], True),
    ("StringLike", "A*", ["abc"], False),
    ("StringLike", "a.c", ["abc"], False),
    ("StringLike", "[a]*", ["a"], False),
    ("StringLike", "a*:b", ["a:x:b"], True),
    ("StringLike", "a\nb*", ["a\nb\nc"], True),
    ("StringLike", ["x*", "y*"], ["yes"], True),
    ("StringLike", "a*", None, False),
    ("StringNotLike", "a*", ["abc"], False),
    ("StringNotLike", "a*", ["bc"], True),
    ("StringNotLike", ["a*", "b*"], ["bc"], False),
    ("StringNotLike", "a*", None, True),
    # --- Numbers
    ("NumericEquals", "10", ["10"], True),
    ("NumericEquals", "10", ["10.0"], True),
    ("NumericEquals", 10, ["1e1"], True),
    ("NumericEquals", "10", ["11"], False),
    ("NumericEquals", "10", ["ten"], False),
    ("NumericEquals", "ten", ["ten"], False),
    ("NumericEquals", "10", None, False),
    ("NumericEquals", ["1", "2"], ["2"], True),
    ("NumericNotEquals", "10", ["11"], True),
    ("NumericNotEquals", "10", ["10.0"], False),
    ("NumericNotEquals", "10", None, True),
    ("NumericLessThan", "10", ["9.99"], True),
    ("NumericLessThan", "10", ["10"], False),
    ("NumericLessThan", "10", ["-11"], True),
    ("NumericLessThan", "10", None, False),
    ("NumericLessThan", ["1", "10"], ["5"], True),
    ("NumericLessThanEquals", "10", ["10"], True),
    ("NumericLessThanEquals", "10", ["10.1"], False),
    ("NumericGreaterThan", "10", ["10.1"], True),
    ("NumericGreaterThan", "10", ["10"], False),
    ("NumericGreaterThan", "9", ["10"], True),
    ("NumericGreaterThanEquals", "10", ["10"], True),
    ("NumericGreaterThanEquals", "10", ["9"], False),
    ("NumericGreaterThanEquals", "NaN", ["9"], False),
    ("NumericLessThan", "Infinity", ["9"], False),
    # --- Dates
    ("DateEquals", "2024-01-31T00:00:00Z", ["2024-01-31T00:00:00Z"], True),
    ("DateEquals", "2024-01-31T00:00:00Z", ["1706659200"], True),
    ("DateEquals", "2024-01-31T00:00:00Z", ["2024-01-31T01:00:00+01:00"], True),
    ("DateEquals", "2024-01-31", ["2024-01-31T00:00:00Z"], True),
    ("DateEquals", "2024-01-31T00:00:00Z", ["2024-01-31T00:00:01Z"], False),
    ("DateEquals", "yesterday", ["2024-01-31T00:00:01Z"], False),
    ("DateNotEquals", "2024-01-31T00:00:00Z", ["2024-01-31T00:00:01Z"], True),
    ("DateNotEquals", "2024-01-31T00:00:00Z", ["2024-01-31T00:00:00Z"], False),
    ("DateNotEquals", "2024-01-31T00:00:00Z", None, True),
    ("DateLessThan", "2024-01-31T00:00:00Z", ["2024-01-30T23:59:59Z"], True),
    ("DateLessThan", "2024-01-31T00:00:00Z", ["2024-01-31T00:00:00Z"], False),
    ("DateLessThan", "2024", ["2023-12-31T00:00:00Z"], True),
    ("DateLessThan", "2024-02", ["2024-01-31T00:00:00Z"], True),
    ("DateLessThan", "1706659200", ["2024-01-30T00:00:00Z"], True),
    ("DateLessThanEquals", "2024-01-31T00:00:00Z", ["2024-01-31T00:00:00Z"], True),
    ("DateLessThanEquals", "2024-01-31T00:00:00Z", ["2024-02-01T00:00:00Z"], False),
    ("DateGreaterThan", "2024-01-31T00:00:00Z", ["2024-02-01T00:00:00Z"], True),
    ("DateGreaterThan", "2024-01-31T00:00:00Z", ["2024-01-31T00:00:00Z"], False),
    ("DateGreaterThan", "2024-01-31T00:00:00Z", None, False),
    ("DateGreaterThanEquals", "2024-01-31T00:00:00Z", ["2024-01-31T00:00:00Z"], True),
    ("DateGreaterThanEquals", "2024-01-31T00:00:00Z", ["2024-01-30T00:00:00Z"], False),
    # --- Booleans and bytes
    ("Bool", "true", ["true"], True),
    ("Bool", "True", ["true"], True),
    ("Bool", True, ["true"], True),
    ("Bool", False, ["false"], True),
    ("Bool", "true", ["false"], False),
    ("Bool", "false", ["true"], False),
    ("Bool", "true", None, False),
    ("Bool", "false", None, False),
    ("Bool", "yes", ["yes"], False),
    ("BinaryEquals", "QUJD", ["QUJD"], True),
    ("BinaryEquals", "QUJD", ["QUJE"], False),
    ("BinaryEquals", "***", ["***"], False),
    ("BinaryEquals", "QUJD", None, False),
    # --- Addresses
    ("IpAddress", "10.0.0.0/8", ["10.1.2.3"], True),
    ("IpAddress", "10.0.0.0/8", ["11.1.2.3"], False),
    ("IpAddress", "10.1.2.3", ["10.1.2.3"], True),
    ("IpAddress", "10.1.2.3", ["10.1.2.4"], False),
    ("IpAddress", "10.1.2.3/8", ["10.9.9.9"], True),
    ("IpAddress", ["10.0.0.0/8", "192.168.0.0/16"], ["192.168.7.7"], True),
    ("IpAddress", "2001:db8::/32", ["2001:db8::1"], True),
    ("IpAddress", "2001:db8::/32", ["2001:db9::1"], False),
    ("IpAddress", "2001:db8::/32", ["10.1.2.3"], False),
    ("IpAddress", "10.0.0.0/8", ["::ffff:10.1.2.3"], True),
    ("IpAddress", "0.0.0.0/0", ["8.8.8.8"], True),
    ("IpAddress", "10.0.0.0/33", ["10.1.2.3"], False),
    ("IpAddress", "ten", ["10.1.2.3"], False),
    ("IpAddress", "10.0.0.0/8", ["not an address"], False),
    ("IpAddress", "10.0.0.0/8", None, False),
    ("NotIpAddress", "10.0.0.0/8", ["10.1.2.3"], False),
    ("NotIpAddress", "10.0.0.0/8", ["11.1.2.3"], True),
    ("NotIpAddress", ["10.0.0.0/8", "11.0.0.0/8"], ["11.1.2.3"], False),
    ("NotIpAddress", "10.0.0.0/8", None, True),
    # --- ARNs
    ("ArnEquals", "arn:aws:sns:us-east-1:1:topic", ["arn:aws:sns:us-east-1:1:topic"], True),
    ("ArnEquals", "arn:aws:sns:us-east-1:1:topic", ["arn:aws:sns:us-east-1:1:other"], False),
    ("ArnEquals", "arn:aws:sns:*:1:top*", ["arn:aws:sns:us-east-1:1:topic"], True),
    ("ArnLike", "arn:aws:sns:us-*:*:topic", ["arn:aws:sns:us-east-1:1:topic"], True),
    ("ArnLike", "arn:aws:sns:*:topic", ["arn:aws:sns:us-east-1:1:topic"], False),
    ("ArnLike", "arn:aws:sns:?s-east-1:1:*", ["arn:aws:sns:us-east-1:1:a:b"], True),
    ("ArnLike", "*", ["arn:aws:sns:us-east-1:1:topic"], False),
    ("ArnLike", "arn:aws:sns:*:*:*", ["no arn"], False),
    ("ArnLike", "arn:aws:sns:*:*:*", None, False),
    ("ArnNotEquals", "arn:aws:sns:*:*:a", ["arn:aws:sns:x:1:a"], False),
    ("ArnNotEquals", "arn:aws:sns:*:*:a", ["arn:aws:sns:x:1:b"], True),
    ("ArnNotLike", "arn:aws:sns:*:*:a*", ["arn:aws:sns:x:1:ab"], False),
    ("ArnNotLike", "arn:aws:sns:*:*:a*", ["arn:aws:sns:x:1:b"], True),
    ("ArnNotLike", "arn:aws:sns:*:*:a*", None, True),
    # --- Keys that may be absent
    ("StringEqualsIfExists", "a", None, True),
    ("StringEqualsIfExists", "a", ["a"], True),
    ("StringEqualsIfExists", "a", ["b"], False),
    ("StringNotEqualsIfExists", "a", None, True),
    ("StringNotEqualsIfExists", "a", ["a"], False),
    ("StringLikeIfExists", "a*", None, True),
    ("StringLikeIfExists", "a*", ["b"], False),
    ("NumericLessThanIfExists", "5", None, True),
    ("NumericLessThanIfExists", "5", ["6"], False),
    ("DateGreaterThanIfExists", "2024-01-01T00:00:00Z", None, True),
    ("DateGreaterThanIfExists", "2024-01-01T00:00:00Z", ["2023-01-01T00:00:00Z"], False),
    ("BoolIfExists", "true", None, True),
    ("BoolIfExists", "true", ["false"], False),
    ("IpAddressIfExists", "10.0.0.0/8", None, True),
    ("IpAddressIfExists", "10.0.0.0/8", ["11.0.0.1"], False),
    ("ArnLikeIfExists", "arn:aws:sns:*:*:*", None, True),
    ("ArnLikeIfExists", "arn:aws:sns:*:*:a", ["arn:aws:sns:x:1:b"], False),
    ("BinaryEqualsIfExists", "QUJD", None, True),
    ("Null", "true", None, True),
    ("Null", "true", [], True),
    ("Null", "true", ["a"], False),
    ("Null", "false", None, False),
    ("Null", "false", [], False),
    ("Null", "false", ["a"], True),
    ("Null", True, None, True),
    # --- Every value, any value
    ("ForAllValues:StringEquals", ["a", "b"], ["a"], True),
    ("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], True),
    ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False),
    ("ForAllValues:StringEquals", ["a", "b"], ["c"], False),
    ("ForAllValues:StringEquals", ["a", "b"], [], True),
    ("ForAllValues:StringEquals", ["a", "b"], None, True),
    ("ForAllValues:StringNotEquals", ["a", "b"], ["c", "d"], True),
    ("ForAllValues:StringNotEquals", ["a", "b"], ["c", "a"], False),
    ("ForAllValues:StringNotEquals", ["a", "b"], None, True),
    ("ForAllValues:StringLike", ["a*"], ["ab", "ac"], True),
    ("ForAllValues:StringLike", ["a*"], ["ab", "bc"], False),
    ("ForAllValues:NumericLessThan", ["5"], ["1", "4"], True),
    ("ForAllValues:NumericLessThan", ["5"], ["1", "6"], False),
    ("ForAllValues:StringEqualsIfExists", ["a"], None, True),
    ("ForAllValues:ArnLike", "arn:aws:sns:*:*:*", ["arn:aws:sns:x:1:b"], True),
    ("ForAnyValue:StringEquals", ["a", "b"], ["a", "c"], True),
    ("ForAnyValue:StringEquals", ["a", "b"], ["c", "d"], False),
    ("ForAnyValue:StringEquals", ["a", "b"], [], False),
    ("ForAnyValue:StringEquals", ["a", "b"], None, False),
    ("ForAnyValue:StringNotEquals", ["a", "b"], ["a", "c"], True),
    ("ForAnyValue:StringNotEquals", ["a", "b"], ["a", "b"], False),
    ("ForAnyValue:StringNotEquals", ["a", "b"], None, False),
    ("ForAnyValue:StringLike", ["a*"], ["b", "ab"], True),
    ("ForAnyValue:StringLike", ["a*"], ["b"], False),
    ("ForAnyValue:StringEqualsIfExists", ["a"], None, True),
    ("ForAnyValue:StringEqualsIfExists", ["a"], ["b"], False),
    ("ForAnyValue:IpAddress", "10.0.0.0/8", ["11.0.0.1", "10.0.0.1"], True),
    ("ForAnyValue:Bool", "true", ["false", "true"], True),
]


def _facts(values: list[str] | None) -> dict[str, list[str]]:
    return {} if values is None else {K: values}


OPERATORS = sorted({operator for operator, *_ in TABLE})


@pytest.mark.parametrize("operator", OPERATORS)
def test_an_allow_under_a_condition(operator: str) -> None:
    for _, wanted, values, holds in (row for row in TABLE if row[0] == operator):
        allow = statement(Condition={operator: {K: wanted}})
        assert allows(allow, facts=_facts(values)) is holds, (wanted, values)


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_deny_under_a_condition(operator: str) -> None:
    for _, wanted, values, holds in (row for row in TABLE if row[0] == operator):
        deny = statement("Deny", Condition={operator: {K: wanted}})
        assert allows(statement(), deny, facts=_facts(values)) is not holds, (wanted, values)


# Conditions of several operators and keys, and values with variables, on a request of alice's.
ALICE = {
    "aws:username": ["alice"],
    "aws:PrincipalTag/Team": ["red"],
    "aws:SourceIp": ["10.1.2.3"],
    "dynamodb:LeadingKeys": ["alice", "bob"],
    "x:star": ["a*"],
}
BLOCKS: list[tuple[dict[str, Any], bool]] = [
    ({"StringEquals": {"aws:username": "alice", "x:star": "a*"}}, True),
    ({"StringEquals": {"aws:username": "alice", "x:star": "b"}}, False),
    ({"StringEquals": {"aws:username": "alice"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
     True),
    ({"StringEquals": {"aws:username": "bob"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
     False),
    ({"StringEquals": {"AWS:USERNAME": "alice"}}, True),
    ({"StringEquals": {"aws:principaltag/team": "red"}}, True),
    ({"StringEquals": {"aws:PrincipalTag/Other": "red"}}, False),
    ({"StringEquals": {"x:star": "${x:star}"}}, True),
    ({"StringEquals": {"aws:username": "${aws:username}"}}, True),
    ({"StringEquals": {"aws:username": "${AWS:UserName}"}}, True),
    ({"StringEquals": {"aws:username": "${aws:PrincipalTag/Team}"}}, False),
    ({"StringEquals": {"aws:username": "${x:absent}"}}, False),
    ({"StringNotEquals": {"aws:username": "${x:absent}"}}, True),
    ({"StringEquals": {"aws:username": "${x:absent, 'alice'}"}}, True),
    ({"StringEquals": {"aws:username": "${x:absent, 'bob'}"}}, False),
    ({"StringEquals": {"aws:username": "${aws:PrincipalTag/Team, 'alice'}"}}, False),
    ({"StringEquals": {"aws:username": ["x", "${aws:username}"]}}, True),
    ({"StringLike": {"aws:username": "al${*}"}}, False),
    ({"StringLike": {"x:star": "a${*}"}}, True),
    ({"StringLike": {"aws:username": "${x:star}"}}, False),
    ({"StringLike": {"x:star": "${x:star}"}}, True),
    ({"StringLike": {"aws:username": "${aws:username}*"}}, True),
    ({"StringEquals": {"dynamodb:LeadingKeys": "${dynamodb:LeadingKeys}"}}, False),
    ({"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}}, False),
    ({"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}", "bob"]}}, True),
    ({"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}}, True),
    ({"NumericEquals": {"x:n": "${x:n}"}}, False),
    ({"Null": {"x:absent": "true", "aws:username": "false"}}, True),
    ({}, True),
]  # fmt: skip


@pytest.mark.parametrize(("block", "holds"), BLOCKS)
def test_when_condition_blocks_hold(block: dict[str, Any], holds: bool) -> None:
    assert allows(statement(Condition=block), facts=ALICE) is holds


def test_variables_are_text_in_a_policy_of_the_old_version() -> None:
    block = statement(Condition={"StringEquals": {"aws:username": "${aws:username}"}})
    assert not allows(block, facts=ALICE, version="2008-10-17")
    assert allows(block, facts={"aws:username": ["${aws:username}"]}, version="2008-10-17")


@pytest.mark.parametrize(
    "operator",
    ["Equals", "stringequals", "ForAll:StringEquals", "ForAllValues:Null", "NullIfExists", ""],
)
def test_operators_that_there_are_not(operator: str) -> None:
    document = {"Statement": statement(Condition={operator: {K: "a"}})}
    with pytest.raises(MalformedPolicy):
        compile_policy(json.dumps(document))


def test_long_texts_that_are_no_address_are_not_kept() -> None:
    network = operators.OPERATORS["IpAddress"].compile(["10.0.0.0/8"])
    assert network("10.1.2.3")
    kept = operators._known_address.cache_info().currsize
    assert not network("1" * 100_000)
    assert operators._known_address.cache_info().currsize == kept
