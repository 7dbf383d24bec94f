"""Every kind of advice: given where it applies, and not where it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jedlik.services.advice.cost import ON_DEMAND, PROVISIONED, Reckoning
from jedlik.services.advice.prices import read_prices
from jedlik.services.advice.rules import KINDS, Advice, Facts, advice_on
from jedlik.services.advice.samples import Entries, Sample
from jedlik.services.advice.traffic import Consumption, Dropped, Traffic, Units
from jedlik.services.dynamodb.tables.key_schema import KeyAttribute, KeySchema
from jedlik.services.dynamodb.tables.model import ALL, Index, Projection, Table

SCHEMA = KeySchema((KeyAttribute("id", "S"),), ())
DAY = 24.0


def busy(rate: float, hours: int = 48, peak: float | None = None) -> Units:
    times = [hour * 3600 for hour in range(hours)]
    found = Units(dict.fromkeys(times, rate * 3600), dict.fromkeys(times, rate))
    if peak is not None:
        found.peaks[0] = peak
    return found


def facts(
    traffic: Traffic, *, sizes: tuple[int, ...] = (), hours: float = 48.0, mode: str = ON_DEMAND,
    size: float = 0.0,
) -> Facts:  # fmt: skip
    index = Index(5, "by-g", False, SCHEMA, Projection(ALL))
    table = Table(
        1, "u", "Orders", 0.0, SCHEMA, {"id": "S"}, (index,), billing_mode=mode,
        deletion_protection=True,
    )  # fmt: skip
    parts = (traffic.own, *traffic.indexes.values())
    reckoning = Reckoning(read_prices(), parts, hours, size)
    sample = Sample(sorted(sizes), total=sum(sizes))
    month = reckoning.month(mode)
    return Facts(
        table, traffic, sample, reckoning, hours, month, True, False, {"by-g": 0},
        {"by-g": 2_000_000_000},
    )  # fmt: skip


def kinds(given: Facts) -> set[str]:
    return {each.kind for each in advice_on(given)}


def test_nothing_to_say() -> None:
    assert kinds(facts(Traffic())) == set()


@pytest.mark.parametrize(("returned", "expected"), [(100.0, {"scan"}), (9_900.0, set())])
def test_advice_on_scans_that_return_little(returned: float, expected: set[str]) -> None:
    traffic = Traffic(
        operations={"Scan": 50.0}, scanned={"Scan": 10_000.0}, returned={"Scan": returned}
    )
    assert kinds(facts(traffic)) == expected


@pytest.mark.parametrize(("returned", "expected"), [(100.0, {"filter"}), (9_900.0, set())])
def test_advice_on_filters_that_drop_much(returned: float, expected: set[str]) -> None:
    traffic = Traffic(scanned={"Query": 10_000.0}, returned={"Query": returned})
    assert kinds(facts(traffic)) == expected


def test_hot_partitions_of_tables_and_indexes() -> None:
    traffic = Traffic(
        own=Consumption(hot=3.0), indexes={"by-g": Consumption(reads=busy(0.001), hot=1.0)}
    )
    assert [each.index for each in _of(facts(traffic), "hot-partition")] == [None, "by-g"]


@pytest.mark.parametrize(("share", "expected"), [(0.6, {"hot-key"}), (0.4, set())])
def test_hot_keys(share: float, expected: set[str]) -> None:
    assert kinds(replace(facts(Traffic()), heaviest=("popular", share))) == expected


def test_an_index_that_is_not_read() -> None:
    written = Traffic(indexes={"by-g": Consumption(writes=busy(0.0001))})
    assert kinds(facts(written)) == {"unread-index"}
    assert kinds(facts(written, hours=3.0)) == set(), "it is too early to say"
    read = Traffic(indexes={"by-g": Consumption(busy(0.0001), busy(0.0001))})
    assert kinds(facts(read)) == set()


def test_what_scans_read_in_vain_is_what_better_reads_save() -> None:
    traffic = Traffic(
        own=Consumption(busy(1.0)), operations={"Scan": 50.0, "GetItem": 9.0},
        scanned={"Scan": 10_000.0}, returned={"Scan": 100.0},
        read_by={"Scan": 48 * 1800.0, "GetItem": 48 * 1800.0},
        dropped={
            Dropped("Scan", None, ("g",), ("g",)): 10.0,
            Dropped("Scan", None, ("color",), ("color",)): 9_890.0,
        },
    )  # fmt: skip
    given = facts(traffic)
    (advice,) = _of(given, "scan")
    assert "partition key color" in advice.do
    assert advice.saves == pytest.approx(given.month.reads / 2 * 0.99)


def test_an_index_that_has_more_than_is_read() -> None:
    traffic = Traffic(indexes={"by-g": Consumption(busy(0.1), busy(1.0))})
    given = facts(traffic)
    given.sample.entries = {"by-g": Entries(frozenset("ab"), 4000, 4.0, 1000, 1.0)}
    (advice,) = _of(given, "wide-projection")
    assert advice.index == "by-g"
    assert "INCLUDE a, b" in advice.do
    assert "75%" in advice.seen
    # Three quarters of 2 GB stored and of what is written to the index, which is all that is.
    assert advice.saves == pytest.approx(2 * 0.25 * 0.75 + given.month.writes * 0.75)
    given.sample.entries = {"by-g": Entries(frozenset(), 4000, 4.0, 1000, 1.0)}
    assert "KEYS_ONLY" in _of(given, "wide-projection")[0].do
    given.sample.entries = {"by-g": Entries(frozenset("ab"), 4000, 4.0, 3900, 4.0)}
    assert _of(given, "wide-projection") == [], "it would hardly be smaller"
    early = facts(traffic, hours=3.0)
    early.sample.entries = {"by-g": Entries(frozenset("ab"), 4000, 4.0, 1000, 1.0)}
    assert _of(early, "wide-projection") == [], "it is too early to say"


def test_sizes_of_items() -> None:
    assert kinds(facts(Traffic(), sizes=(350_000,))) == {"large-item"}
    assert kinds(facts(Traffic(), sizes=(*[100] * 50, *[5000] * 2))) == {"size-spread"}
    assert kinds(facts(Traffic(), sizes=(*[100] * 50, 200))) == set()


def test_steady_traffic_is_cheaper_provisioned() -> None:
    (advice,) = _of(facts(Traffic(own=Consumption(busy(70.0), busy(70.0)))), "capacity-mode")[:1]
    assert "within 100 and 150 read units" in advice.do
    assert advice.saves is not None
    assert advice.saves > 0


def test_rare_traffic_is_cheaper_on_demand() -> None:
    rare = Traffic(own=Consumption(busy(0.001), busy(0.001)))
    given = facts(rare, mode=PROVISIONED)
    expensive = replace(given, month=given.reckoning.provisioned(100, 100))
    assert any(ON_DEMAND in each.do for each in _of(expensive, "capacity-mode"))
    assert _of(facts(rare), "capacity-mode") == []


def test_what_is_stored_and_hardly_read_belongs_in_the_other_class() -> None:
    stored = facts(Traffic(own=Consumption(busy(0.01), busy(0.01))), size=500e9)
    (advice,) = _of(stored, "table-class")
    assert advice.saves == pytest.approx(500 * 0.15, rel=0.01)
    assert _of(facts(Traffic(own=Consumption(busy(50.0), busy(50.0)))), "table-class") == []


def test_what_would_be_lost_by_mistake() -> None:
    given = facts(Traffic())
    bare = replace(given, table=replace(given.table, deletion_protection=False), backed_up=False)
    assert kinds(bare) == {"no-deletion-protection", "no-backup"}


def test_all_kinds_are_named() -> None:
    assert {"ttl", "long-names"} <= set(KINDS)
    sample = Sample([10] * 30, names=200, total=300, ttl_milliseconds=1, ttl_no_number=2)
    found = advice_on(replace(facts(Traffic()), sample=sample))
    assert [each.kind for each in found] == ["ttl", "ttl", "long-names"]


def _of(given: Facts, kind: str) -> list[Advice]:
    return [each for each in advice_on(given) if each.kind == kind]
