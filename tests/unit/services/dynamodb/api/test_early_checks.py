"""Early checks end as the operation's own check would."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from jedlik.base.errors import ServiceError
from jedlik.services.dynamodb.api.early_checks import check_early
from jedlik.values import canonical
from jedlik.values.canonical import canonical_item, canonical_placeholders

NUMBERS = ["12e3", "-7.50", "0.1", "1", "2e50"]


def outcome(check: Any, values: dict[str, Any]) -> Any:
    """The size and form of values once they are checked, or what is wrong with them."""
    try:
        return check(values), values
    except ServiceError as error:
        return error.message


@pytest.mark.parametrize(
    "numbers",
    [
        NUMBERS,
        ["1.0", "1", *NUMBERS],
        ["x", "1e999", *NUMBERS],
        ["1e999", "x", *NUMBERS],
        ["1", 2, None, *NUMBERS],
        [str(number) for number in range(10**5, 10**5 + 150_000)],
    ],
    ids=["valid", "duplicates", "no number", "too large", "no texts", "an item too large"],
)
@pytest.mark.parametrize(
    ("name", "check"),
    [("Item", canonical_item), ("ExpressionAttributeValues", canonical_placeholders)],
)
def test_the_outcome_is_that_of_the_operation(
    monkeypatch: pytest.MonkeyPatch, name: str, check: Any, numbers: list[Any]
) -> None:
    values: dict[str, Any] = {
        ":a": {"S": "text"},
        ":list": {"L": [{"N": text} for text in numbers]},
        ":set": {"NS": list(numbers)},
        ":null": None,
    }
    for left_out in ([], [":null"], [":null", ":list"], [":null", ":set"]):
        given = {key: value for key, value in values.items() if key not in left_out}
        expected = outcome(check, copy.deepcopy(given))
        payload = {name: copy.deepcopy(given)}
        check_early(payload)
        with monkeypatch.context() as patched:
            for kind in ("L", "NS"):
                patched.setitem(canonical._CHECKS, kind, None)
            assert outcome(check, payload[name]) == expected


def test_a_table_may_be_called_like_a_member() -> None:
    table = {"Keys": [{"S": {"S": "1"}}], "ExpressionAttributeNames": {"S": "a", "#b": "c"}}
    payload = {"RequestItems": {"Item": table, "Key": [{"DeleteRequest": {"Key": {}}}]}}
    check_early(payload)
    assert table["ExpressionAttributeNames"] == {"S": "a", "#b": "c"}
