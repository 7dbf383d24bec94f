"""Costs compared with sums calculated by hand from the price list."""

from __future__ import annotations

import pytest

from jedlik.services.advice.cost import (
    ON_DEMAND,
    OTHER,
    PROVISIONED,
    RESERVED,
    Bounds,
    Month,
    Reckoning,
    by_operation,
)
from jedlik.services.advice.prices import read_prices
from jedlik.services.advice.traffic import Consumption, Units

PRICES = read_prices()
HOURS = 730.0


def steady(rate: float, hours: int = 730) -> Units:
    """This many units a second, hour by hour."""
    times = [hour * 3600 for hour in range(hours)]
    return Units(dict.fromkeys(times, rate * 3600), dict.fromkeys(times, rate))


def reckoning(reads: Units, writes: Units, size: float = 0.0) -> Reckoning:
    return Reckoning(PRICES, [Consumption(reads, writes)], HOURS, size)


def test_on_demand_pays_by_the_request() -> None:
    million = Units({0: 1e6}, {0: 300.0})
    month = reckoning(million, million, size=10e9).month(ON_DEMAND)
    assert month.reads == pytest.approx(0.125)
    assert month.writes == pytest.approx(0.625)
    assert month.storage == pytest.approx(2.5)
    assert month.total == pytest.approx(3.25)


def test_half_a_month_is_taken_for_a_whole_one() -> None:
    million = Units({0: 1e6}, {0: 300.0})
    half = Reckoning(PRICES, [Consumption(million, Units())], HOURS / 2, 0)
    assert half.month(ON_DEMAND).reads == pytest.approx(0.25)


def test_provisioned_capacity_follows_the_peaks_of_hours() -> None:
    month = reckoning(steady(70.0), Units()).month(PROVISIONED)
    assert month.reads == pytest.approx(100 * 730 * 0.00013)
    assert month.writes == pytest.approx(730 * 0.00065)  # one unit is the least
    assert reckoning(steady(70.0), Units()).bounds(steady(70.0)) == Bounds(100, 150)


def test_what_is_always_needed_is_cheaper_reserved() -> None:
    busy = reckoning(steady(700.0), steady(70.0))
    assert busy.month(RESERVED).total < busy.month(PROVISIONED).total
    assert busy.month(RESERVED).reads == pytest.approx(1000 * 730 * 0.0000592)


def test_nothing_is_reserved_for_a_peak() -> None:
    once = Units({0: 1e6}, {0: 700.0})
    spiky = reckoning(once, Units())
    assert spiky.month(RESERVED) == spiky.month(PROVISIONED)


def test_the_infrequent_access_class_trades_storage_for_throughput() -> None:
    stored = reckoning(Units({0: 1e6}, {0: 300.0}), Units(), size=100e9)
    standard, infrequent = stored.month(ON_DEMAND), stored.month(ON_DEMAND, infrequent=True)
    assert infrequent.storage < standard.storage
    assert infrequent.reads > standard.reads


def test_operations_share_the_cost_of_what_they_consume() -> None:
    month = Month(reads=10.0, writes=4.0, storage=99.0)
    read, written = {"GetItem": 30.0, "TransactWriteItems": 10.0}, {"TransactWriteItems": 5.0}
    costs = by_operation(month, read, written, (40.0, 5.0))
    assert costs == {"GetItem": 7.5, "TransactWriteItems": 6.5}
    # Half of what was read is of operations that are not known.
    assert by_operation(month, read, {}, (80.0, 0.0))[OTHER] == 5.0
    assert by_operation(month, {}, {}, (0.0, 0.0)) == {}
