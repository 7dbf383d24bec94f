"""The ledger alone: levels, shares, debts, growth and heat."""

from __future__ import annotations

import pytest

from jedlik.services.dynamodb.capacity.growth import PERIOD_SECONDS, WINDOW_SECONDS, Growth, grown
from jedlik.services.dynamodb.capacity.ledger import (
    HEAT_SECONDS,
    PEER_SECONDS,
    Claim,
    Heat,
    Ledger,
    Settlement,
)
from jedlik.services.dynamodb.capacity.limits import Limit, limits_of, partitions_for
from jedlik.services.dynamodb.capacity.refusals import KEY_RANGE, PROVISIONED_THROUGHPUT

TEN = Limit(10, 300, PROVISIONED_THROUGHPUT)
NOW = 1_700_000_000.0


class Record:
    """A ledger's record, settled with at moments after NOW."""

    def __init__(self) -> None:
        self.stored: bytes | None = None

    def settle(
        self, at: float, claim: Claim, peer: str = "a", *, leaving: bool = False
    ) -> Settlement:
        ledger = Ledger(self.stored)
        settlement = ledger.settle(peer, [claim], NOW + at, leaving=leaving)
        self.stored = ledger.encode()
        return settlement

    def grant(
        self,
        at: float,
        returned: float = 0.0,
        peer: str = "a",
        *,
        limit: Limit = TEN,
        demand: float = 10.0,
        leaving: bool = False,
    ) -> float:
        claim = Claim("w", limit, returned, 0.0, demand)
        return self.settle(at, claim, peer, leaving=leaving).grants["w"]


def test_a_new_bucket_holds_a_second_and_fills_up_for_five_minutes() -> None:
    record = Record()
    assert record.grant(0) == 10
    assert record.grant(1, returned=10) == 20
    assert record.grant(1000, returned=20) == 3000


@pytest.mark.parametrize("day", [86_400.0, -86_400.0])
def test_a_clock_that_was_a_day_off_keeps_nothing_back(day: float) -> None:
    record = Record()
    record.grant(day, demand=1.0)
    record.grant(day, peer="gone", demand=1.0)
    assert sum(record.grant(second) for second in range(1, 61)) >= 580


@pytest.mark.parametrize("day", [86_400.0, -86_400.0])
def test_a_clock_that_was_a_day_off_stops_no_growth(day: float) -> None:
    record = Record()
    claim = Claim("w", Limit(10, 300, PROVISIONED_THROUGHPUT, ceiling=1000), 0.0, 0.0, 10.0)
    record.settle(day, claim)
    rate = 0.0
    for second in range(int(2 * PERIOD_SECONDS)):
        rate = record.settle(second, claim._replace(spent=10.0)).rates["w"]
    assert rate == pytest.approx(20, rel=0.1)


def test_clocks_of_nodes_may_differ_by_minutes() -> None:
    record = Record()
    granted = 0.0
    for second in range(100):
        granted += record.grant(second, peer="a") + record.grant(second + 200, peer="ahead")
    assert granted < (100 + 300) * 10 + 10


def test_what_was_overspent_is_paid_before_anything_is_granted() -> None:
    record = Record()
    assert record.grant(0) == 10
    assert record.grant(1, returned=-30) == 0
    assert record.grant(2) == 0
    assert record.grant(3) == 0
    assert record.grant(4) == 10


def test_a_second_process_is_granted_its_share_of_what_the_first_one_holds() -> None:
    record = Record()
    record.grant(0)
    assert record.grant(300, returned=10) == 3000
    assert record.grant(300, peer="b") == 1500
    assert record.grant(300, returned=3000) == pytest.approx(1500)


def test_shares_follow_the_demand() -> None:
    record = Record()
    record.grant(0, demand=30.0)
    assert record.grant(0, peer="b", demand=10.0) == pytest.approx(10 / 4)


def test_a_process_without_demand_gets_a_little() -> None:
    record = Record()
    record.grant(0)
    assert 0 < record.grant(0, peer="b", demand=0.0) < 1


def test_a_process_that_leaves_returns_its_balance() -> None:
    record = Record()
    assert record.grant(0) == 10
    assert record.grant(0, returned=10, leaving=True) == 0
    assert record.grant(0, peer="b") == 10


def test_a_process_that_died_is_forgotten_with_its_balance() -> None:
    record = Record()
    assert record.grant(0) == 10
    assert record.grant(PEER_SECONDS, peer="b") < 60
    assert record.grant(PEER_SECONDS + 0.5, returned=0, peer="b") == pytest.approx(
        10 * (PEER_SECONDS + 0.5) - 10 * PEER_SECONDS / 2 - 5, abs=1
    )


def test_time_that_goes_back_fills_nothing_and_takes_nothing() -> None:
    record = Record()
    assert record.grant(10) == 10
    assert record.grant(5, returned=10) == 10
    assert record.grant(10, returned=10) == 10
    assert record.grant(11, returned=10) == 20


def test_growth_doubles_the_highest_minute_of_the_half_hour_before() -> None:
    growth = Growth.beginning(NOW)
    growth = growth.after(WINDOW_SECONDS * 4000, NOW + WINDOW_SECONDS)
    assert grown(4000, growth, 40_000) == 4000
    growth = growth.after(0, NOW + PERIOD_SECONDS)
    assert grown(4000, growth, 40_000) == 8000
    assert grown(4000, growth, 6000) == 6000


def test_a_growing_bucket_says_what_it_takes() -> None:
    limit = Limit(4000, 1.0, KEY_RANGE, 40_000)
    record = Record()
    record.settle(0, Claim("w", limit, 0, 0, 4000))
    for second in range(1, int(PERIOD_SECONDS) + 1):
        settled = record.settle(second, Claim("w", limit, 0, 4000, 4000))
    assert settled.rates == {"w": pytest.approx(8000)}


def heated(at: float, *hashes: bytes) -> Claim:
    return Claim("w@", Limit(1000, 1.0, KEY_RANGE), 0, 0, 0, Heat("", hashes))


def test_a_partition_that_stays_hot_is_split() -> None:
    record = Record()
    middle = b"\x80" + bytes(15)
    for second in range(int(HEAT_SECONDS)):
        assert record.settle(second, heated(second, middle)).splits == {}
    assert record.settle(HEAT_SECONDS, heated(0, middle)).splits == {"": [middle]}


def test_a_partition_that_cools_down_in_between_is_not_split() -> None:
    record = Record()
    middle = b"\x80" + bytes(15)
    record.settle(0, heated(0, middle))
    assert record.settle(HEAT_SECONDS, heated(0, middle)).splits == {}


@pytest.mark.parametrize(
    ("read", "write", "count"),
    [(1, 1, 1), (3000, 1000, 1), (3001, 1, 2), (12_000, 4_000, 4), (40_000, 40_000, 64)],
)
def test_partitions_follow_capacity(read: int, write: int, count: int) -> None:
    assert partitions_for(read, write) == count


def test_a_maximum_below_what_is_warm_is_the_limit() -> None:
    limits = limits_of(
        {"OnDemandThroughput": {"MaxWriteRequestUnits": 7}}, "PAY_PER_REQUEST", 40_000
    )
    assert limits.write.rate == 7
    assert limits.read.rate == 12_000
