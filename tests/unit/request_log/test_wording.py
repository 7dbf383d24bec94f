"""Lines of the request log as text."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from jedlik.gateway.exchange import Request
from jedlik.request_log.facts import Facts
from jedlik.request_log.hints import Keys
from jedlik.request_log.wording import MAX_LENGTH, expressions, key_operators


def facts(payload: Any) -> Facts:
    body = orjson.dumps(payload)
    return Facts(Request(b"POST", b"/", {b"x-amz-target": b"D.Query"}, body, body, b"ID"))


@pytest.mark.parametrize(
    ("payload", "key"),
    [
        ({"Key": {"PK": {"S": "a"}, "SK": {"S": "b"}}}, {"PK": "=", "SK": "="}),
        ({"KeyConditionExpression": "PK = :p"}, {"PK": "="}),
        ({"KeyConditionExpression": "(PK=:p) AND begins_with ( SK, :s )"},
         {"PK": "=", "SK": "begins_with"}),
        ({"KeyConditionExpression": "#p = :p and SK BETWEEN :a AND :b",
          "ExpressionAttributeNames": {"#p": "PK"}}, {"PK": "=", "SK": "between"}),
        ({"KeyConditionExpression": "PK = :p AND SK <= :s"}, {"PK": "=", "SK": "<="}),
        ({"KeyConditions": {"PK": {"ComparisonOperator": "EQ"},
                            "SK": {"ComparisonOperator": "BEGINS_WITH"}}},
         {"PK": "=", "SK": "begins_with"}),
        ({"TableName": "T", "Item": {"PK": {"S": "secret"}, "other": {"S": "x"}}}, {"PK": "="}),
        ({"TableName": "T", "Scan": 1}, None),
        ({"Key": 7, "KeyConditionExpression": 7, "KeyConditions": 7}, None),
    ],
)  # fmt: skip
def test_how_keys_are_asked_for(payload: Any, key: dict[str, str] | None) -> None:
    assert key_operators(facts(payload), lambda _table: [Keys("", ("PK",), ())]) == key


def test_the_key_of_what_is_put_is_not_known_without_its_table() -> None:
    put = facts({"TableName": "T", "Item": {"PK": {"S": "a"}}})
    assert key_operators(put, None) is None
    assert key_operators(put, lambda _table: []) is None


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ({"KeyConditionExpression": "#p = :p", "FilterExpression": "Total > :t",
          "ExpressionAttributeNames": {"#p": "PK"}}, "PK = :p; keep where Total > :t"),
        ({"Statement": "SELECT * FROM T WHERE a = 'it''s' AND b = 'x'"},
         "SELECT * FROM T WHERE a = '...' AND b = '...'"),
        ({"Statements": [{"Statement": "DELETE FROM T"}]}, "DELETE FROM T"),
        ({"Statements": [1]}, None),
        ({"FilterExpression": 7, "ExpressionAttributeNames": 7}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_expressions_are_shown_with_names_and_without_texts(payload: Any, text: str | None) -> None:
    assert expressions(payload) == text


LONG = "x" * 1_000_000


@pytest.mark.parametrize(
    "payload",
    [
        {"FilterExpression": "#a " * 10_000, "ExpressionAttributeNames": {"#a": LONG}},
        {"FilterExpression": LONG},
        {"Statement": "'" + "''" * 200_000 + "x"},
        {"Statements": [{"Statement": LONG}] * 3000},
    ],
)
def test_of_long_texts_only_the_beginning_is_shown(payload: Any) -> None:
    text = expressions(payload)
    assert text is not None
    assert len(text) <= MAX_LENGTH


def test_a_literal_that_is_cut_off_is_not_shown() -> None:
    statement = f"SELECT * FROM T WHERE a = 'secret {LONG}'"
    assert expressions({"Statement": statement}) == "SELECT * FROM T WHERE a = '...'"


@pytest.mark.parametrize(
    "payload",
    [
        {"Key": {f"{number}{LONG}": 1 for number in range(20)}},
        {"KeyConditions": {f"{number}{LONG}": {} for number in range(20)}},
        {"KeyConditionExpression": "#a = :b and " * 100_000,
         "ExpressionAttributeNames": {"#a": LONG}},
    ],
)  # fmt: skip
def test_of_many_keys_a_few_are_shown(payload: Any) -> None:
    key = key_operators(facts(payload), None)
    assert key is not None
    assert len(key) <= 8
    assert all(len(name) <= MAX_LENGTH for name in key)


def test_all_attributes_of_the_longest_keys_are_shown() -> None:
    text = (
        " AND ".join(f"k{number} = :{number}" for number in range(7)) + " AND s BETWEEN :a AND :b"
    )
    key = key_operators(facts({"KeyConditionExpression": text}), None)
    assert key == {**{f"k{number}": "=" for number in range(7)}, "s": "between"}
