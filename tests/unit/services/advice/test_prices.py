"""Price lists, and what is refused as one."""

from __future__ import annotations

import orjson
import pytest

from jedlik.base.errors import ValidationException
from jedlik.services.advice.prices import read_prices


def test_the_list_says_of_when_and_where_it_is() -> None:
    assert read_prices().named().keys() == {"Date", "Region", "Currency", "Source"}
    assert all(read_prices().named().values())


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"7", b"{}", b'{"date": 1}',
    ],
)  # fmt: skip
def test_what_is_no_list(content: bytes) -> None:
    with pytest.raises(ValidationException):
        read_prices(content)


@pytest.mark.parametrize("price", [-1, "1", None, True])
def test_what_is_no_price(price: object) -> None:
    from_file = orjson.loads(orjson.dumps(_given()))
    assert read_prices(orjson.dumps(from_file)).recovery_gb == 0.2
    from_file["standard"]["read_hour"] = price
    with pytest.raises(ValidationException):
        read_prices(orjson.dumps(from_file))


def _given() -> dict[str, object]:
    classes = {
        "million_reads": 1, "million_writes": 1, "read_hour": 1, "write_hour": 1, "storage_gb": 1,
    }  # fmt: skip
    return {
        "date": "2026-01-01", "region": "moon-1", "currency": "EUR", "source": "ours",
        "hours_a_month": 730, "standard": dict(classes), "infrequent_access": dict(classes),
        "reserved_one_year": {"read_hour": 1, "write_hour": 1}, "recovery_gb": 0.2,
    }  # fmt: skip
