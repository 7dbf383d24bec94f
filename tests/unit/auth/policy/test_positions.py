"""The positions of statements in their text, and the condition keys that a policy names."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.auth.policy.document import read_policy
from jedlik.auth.policy.positions import condition_keys, statement_spans
from tests.unit.auth.policy.deciding import statement

EXAMPLE = """{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "VisualEditor0",
            "Effect": "Allow",
            "Action": "codecommit:ListRepositories",
            "Resource": "*"
        }
    ]
}"""


def test_the_example_of_the_manual() -> None:
    """AWS CLI reference, the example of simulate-principal-policy."""
    (span,) = statement_spans(EXAMPLE)
    assert tuple(span.start) == (3, 19)
    assert tuple(span.end) == (9, 10)


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ('{"Statement":{"a":1}}', ['{"a":1}']),
        ('{"Statement": [{"a": "]"} , {"b":"\\"}"}],"Id":"x"}', ['{"a": "]"}', ' {"b":"\\"}"}']),
        ('{"Id": "{\\"Statement\\": 1}",\n"Statement"\n:\n {"a":1}}', ['\n {"a":1}']),
        ('{"\\u0053tatement": [ {} ]}', [" {}"]),
    ],
)  # fmt: skip
def test_what_lies_between_the_positions(text: str, texts: list[str]) -> None:
    lines = text.split("\n")

    def offset(line: int, column: int) -> int:
        return sum(len(each) + 1 for each in lines[: line - 1]) + column - 1

    spans = statement_spans(text)
    assert [text[offset(*span.start) : offset(*span.end)] for span in spans] == texts


@given(st.lists(st.text(), min_size=1, max_size=4), st.integers(0, 3) | st.none())
def test_there_are_as_many_as_statements(sids: list[str], indent: int | None) -> None:
    text = json.dumps({"Id": "]{", "Statement": [{"x": sid} for sid in sids]}, indent=indent)
    assert len(statement_spans(text)) == len(sids)


def test_condition_keys() -> None:
    condition = {
        "StringLike": {"dynamodb:LeadingKeys": "${aws:userName}-${*}"},
        "Bool": {"aws:SecureTransport": "true"},
    }
    resource = "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/team}"
    whole = {
        "Version": "2012-10-17",
        "Statement": statement(Condition=condition, Resource=resource),
    }
    found = condition_keys(read_policy(json.dumps(whole)))
    assert sorted(found, key=str.lower) == [
        "aws:principaltag/team",
        "aws:SecureTransport",
        "aws:username",
        "dynamodb:LeadingKeys",
    ]
    # Without the version that knows variables there are none.
    del whole["Version"]
    assert condition_keys(read_policy(json.dumps(whole))) == [
        "dynamodb:LeadingKeys",
        "aws:SecureTransport",
    ]
