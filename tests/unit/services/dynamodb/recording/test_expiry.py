"""When items expire, and the index and jobs by which they are found."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.services.dynamodb.recording.expiry import OLDEST, Expire, expiry_time
from jedlik.values.image import Image
from jedlik.values.sizes import item_size

NOW = 1_700_000_000.5


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ({"N": "1700000000"}, 1_700_000_000),
        ({"N": "1700000000.5"}, 1_700_000_001),
        ({"N": "0"}, 0),
        ({"N": "0.1"}, 1),
        ({"N": "9" * 18}, 10**18 - 1),
        ({"N": "1" + "0" * 18}, None),
        ({"N": "1" + "0" * 125}, None),
        ({"N": "-1"}, None),
        ({"N": "-0.5"}, None),
        ({"S": "1700000000"}, None),
        ({"NS": ["1700000000"]}, None),
        ({"NULL": True}, None),
        (None, None),
    ],
)
def test_when_an_item_expires(value: dict[str, Any] | None, time: int | None) -> None:
    item = {"pk": {"S": "a"}, **({} if value is None else {"ttl": value})}
    assert expiry_time(item, "ttl") == time


@given(st.decimals(0, 10**12, places=3))
def test_a_fraction_of_a_second_is_a_second(time: Decimal) -> None:
    text = format(time.normalize(), "f")
    found = expiry_time({"ttl": {"N": text}}, "ttl")
    assert found is not None
    assert found - 1 < time <= found


def expires(text: str) -> bool:
    item = {"pk": {"S": "a"}, "ttl": {"N": text}}
    image = Image.of(item, item_size(item))
    after = Expire("ttl", NOW).apply(image)
    assert after in (None, image)
    return after is None


@pytest.mark.parametrize(
    ("seconds", "gone"),
    [
        (0.5, False),
        (0, True),
        (-1, True),
        (-OLDEST + 1, True),
        (-OLDEST, False),
        (-OLDEST - 1, False),
    ],
)
def test_the_past_up_to_five_years_ago(seconds: float, gone: bool) -> None:
    assert expires(format(Decimal(1700000000) + Decimal(str(seconds)), "f")) is gone


@pytest.mark.parametrize(
    ("now", "gone"),
    [(60.0, False), (60.001, True), (60.0 + OLDEST, True), (60.001 + OLDEST, False)],
)
def test_an_item_expires_once_its_second_has_begun(now: float, gone: bool) -> None:
    item = {"pk": {"S": "a"}, "ttl": {"N": "60"}}
    image = Image.of(item, item_size(item))
    assert (Expire("ttl", now).apply(image) is None) is gone


def test_an_item_that_is_not_there_stays_so() -> None:
    assert Expire("ttl", NOW).apply(None) is None
