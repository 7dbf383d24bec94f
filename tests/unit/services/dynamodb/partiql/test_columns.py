"""The columns of a SELECT, applied to items."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.services.dynamodb.partiql.columns import Columns
from tests.unit.services.dynamodb.partiql.reading import select

ITEM: dict[str, Any] = {
    "a": {"S": "x"},
    "m": {"M": {"k": {"L": [{"S": "c"}, {"N": "1"}]}, "n": {"NULL": True}}},
    "k": {"S": "outer"},
}


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        ("a", {"a": {"S": "x"}}),
        ("a, nope", {"a": {"S": "x"}}),
        ("nope", {}),
        ("m.n", {"n": {"NULL": True}}),
        ("m.k[0], m.k[1]", {"k[0]": {"S": "c"}, "k[1]": {"N": "1"}}),
        ("m.k[2], a.b, m.k.x", {}),
        ("m.k, a", {"k": ITEM["m"]["M"]["k"], "a": {"S": "x"}}),
    ],
)
def test_what_columns_show(columns: str, shown: Any) -> None:
    statement = select(f"SELECT {columns} FROM t")
    assert statement.columns is not None
    assert Columns(statement.columns).apply(ITEM) == shown


def test_top_level_attributes_in_the_order_of_the_statement() -> None:
    statement = select("SELECT z, m.k, a, m.n FROM t")
    assert statement.columns is not None
    assert Columns(statement.columns).top_level == ("z", "m", "a")
