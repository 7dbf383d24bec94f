"""The input of admin calls: what is unknown, missing or of another kind is refused."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.app.admin.inputs import json_body, members, query, required, whole_number
from jedlik.base.errors import ValidationException
from jedlik.gateway.exchange import Request

TYPES: dict[str, Any] = {"name": str, "count": int, "time": (float, int), "on": bool}


def asked(body: bytes = b"", target: bytes = b"/") -> Request:
    return Request(b"POST", target, {}, body, body, b"id")


def refusal(call: Any, *arguments: Any) -> str:
    with pytest.raises(ValidationException) as raised:
        call(*arguments)
    return raised.value.message


def test_a_body_may_be_empty() -> None:
    assert members(asked(b" \n"), TYPES) == {}
    assert members(asked(b'{"name": "a", "time": 1, "on": true}'), TYPES) == {
        "name": "a",
        "time": 1,
        "on": True,
    }


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[1]", "The body is not a JSON object."),
        (b'{"nam": "a"}', "There is no parameter 'nam' here; it takes count, name, on, time."),
        (b'{"name": 1}', "name is not a string."),
        (b'{"count": true}', "count is not a number."),
        (b'{"on": 1}', "on is not true or false."),
    ],
)
def test_members_are_known_and_of_their_types(body: bytes, said: str) -> None:
    assert refusal(members, asked(body), TYPES) == said


def test_what_is_no_json_is_said() -> None:
    assert refusal(json_body, asked(b"{")).startswith("The body is not valid JSON: ")
    assert json_body(asked(b"[1]")) == [1]


def test_a_query_has_known_parameters() -> None:
    assert query(asked(target=b"/x?a=1&b="), "a", "b") == {"a": "1", "b": ""}
    said = "There is no parameter 'c' here; it takes a, b."
    assert refusal(query, asked(target=b"/x?c=1"), "a", "b") == said
    said = "There is no parameter 'c' here; it takes none."
    assert refusal(query, asked(target=b"/x?c=1")) == said


@pytest.mark.parametrize("text", ["", "-1", "1.0", "\u0663", "10000", "x"])
def test_a_whole_number_has_digits_and_no_more_than_the_most(text: str) -> None:
    assert refusal(whole_number, {"n": text}, "n", 5, 999) == "n is not a whole number up to 999."


def test_a_whole_number_is_the_default_or_at_most_the_most() -> None:
    assert whole_number({}, "n", 5, 800) == 5
    assert whole_number({"n": "7"}, "n", 5, 800) == 7
    assert whole_number({"n": "999"}, "n", 5, 800) == 800


def test_what_is_required_is_there() -> None:
    assert required({"a": None}, "a") is None
    assert refusal(required, {}, "a") == "a is missing."
