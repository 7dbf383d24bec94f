"""When `at`, `rate` and `cron` are due."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.services.autoscaling.schedules import InvalidSchedule, read_schedule
from tests.properties import examples

START = datetime(2026, 11, 28, 12, 0, tzinfo=UTC).timestamp()  # a Saturday


def times(text: str, count: int, timezone: str = "UTC", start: float = START) -> list[str]:
    schedule = read_schedule(text, timezone, start)
    found: list[str] = []
    moment: float | None = start
    while len(found) < count:
        assert moment is not None
        moment = schedule.next_after(moment)
        if moment is None:
            break
        found.append(datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cron(0 18 ? * MON-FRI *)", ["2026-11-30 18:00", "2026-12-01 18:00", "2026-12-02 18:00"]),
        ("cron(0 12 * * ? *)", ["2026-11-29 12:00", "2026-11-30 12:00", "2026-12-01 12:00"]),
        ("cron(15,45 9-10 1 * ? *)", ["2026-12-01 09:15", "2026-12-01 09:45", "2026-12-01 10:15"]),
        (
            "cron(0/20 13 28 11 ? 2026)",
            ["2026-11-28 13:00", "2026-11-28 13:20", "2026-11-28 13:40"],
        ),
        ("cron(0 0 L * ? *)", ["2026-11-30 00:00", "2026-12-31 00:00", "2027-01-31 00:00"]),
        ("cron(0 0 ? * 6L *)", ["2026-12-25 00:00", "2027-01-29 00:00", "2027-02-26 00:00"]),
        ("cron(0 0 ? * TUE#2 *)", ["2026-12-08 00:00", "2027-01-12 00:00", "2027-02-09 00:00"]),
        ("cron(0 0 15W * ? *)", ["2026-12-15 00:00", "2027-01-15 00:00", "2027-02-15 00:00"]),
        ("cron(0 0 29 2 ? *)", ["2028-02-29 00:00", "2032-02-29 00:00", "2036-02-29 00:00"]),
        ("rate(90 minutes)", ["2026-11-28 13:30", "2026-11-28 15:00", "2026-11-28 16:30"]),
        ("rate(2day)", ["2026-11-30 12:00", "2026-12-02 12:00", "2026-12-04 12:00"]),
        ("rate(1 day)", ["2026-11-29 12:00", "2026-11-30 12:00", "2026-12-01 12:00"]),
        ("at(2026-12-24T18:00:00)", ["2026-12-24 18:00"]),
        ("at(2026-11-24T18:00:00)", []),
        ("cron(0 0 1 1 ? 2020)", []),
    ],
)
def test_the_next_times_of_a_schedule(text: str, expected: list[str]) -> None:
    assert times(text, 3) == expected


def test_the_nearest_weekday_stays_in_its_month() -> None:
    assert times("cron(0 0 1W 8 ? 2026)", 1, start=START - 200 * 86_400) == ["2026-08-03 00:00"]
    assert times("cron(0 0 LW 1 ? 2027)", 1) == ["2027-01-29 00:00"]


def test_time_zones_with_their_summer() -> None:
    found = times("cron(0 9 1 1,7 ? *)", 2, "Europe/Budapest")
    assert found == ["2027-01-01 08:00", "2027-07-01 07:00"]
    assert times("at(2027-07-01T09:00:00)", 1, "Europe/Budapest") == ["2027-07-01 07:00"]


@pytest.mark.parametrize(
    "text",
    [
        "", "cron()", "cron(0 18 * * * *)", "cron(0 18 ? * ? *)", "cron(60 18 * * ? *)",
        "cron(0 24 * * ? *)", "cron(0 0 32 * ? *)", "cron(0 0 0 * ? *)", "cron(0 0 * 13 ? *)",
        "cron(0 0 ? * 8 *)", "cron(0 0 ? * FRI#x *)", "cron(0 0 * * ? 1969)", "cron(0 0 * * ?)",
        "cron(0 0 ? * FRI#0 *)", "cron(0 0 ? * FRI#6 *)", "cron(0 0 0W * ? *)",
        "cron(0 0 32W * ? *)", "cron(0 0 ? * L#1 *)",
        "cron(5-1 0 * * ? *)", "cron(0/0 0 * * ? *)", "cron(, 0 * * ? *)", "cron(0 0 xW * ? *)",
        "cron(0 0 ٣ * ? *)", "rate(0 minutes)", "rate(٣ minutes)", "rate(2  minutes)",
        "rate(5 weeks)", "at(2026-13-01T00:00:00)", "at(2026-12-01)", "every day",
    ],
)  # fmt: skip
def test_what_is_no_schedule(text: str) -> None:
    with pytest.raises(InvalidSchedule):
        read_schedule(text, "UTC", START)


INVALID = "Invalid schedule expression. Details: "
NO_TIME = f"{INVALID}Invalid schedule at DateTime expression: Invalid format: "
EPOCH = "1970-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("at(2035-01-01)", f'{NO_TIME}"2035-01-01" is too short'),
        (
            "at(2035-01-01T00:00:00Z)",
            f'{NO_TIME}"2035-01-01T00:00:00Z" is malformed at "Z"',
        ),
        (
            "cron(0 8 ? * ? *)",
            (
                f"{INVALID}Invalid CRON expression: error at position 1, details: '?' can only be "
                "specified for Day-of-Month or Day-of-Week."
            ),
        ),
        (
            "rate(0 minutes)",
            (
                f"Invalid schedule frequency. Run for '{EPOCH}' and '{EPOCH}' are less than 60 "
                "seconds apart"
            ),
        ),
        (
            "rate(5 seconds)",
            (
                f"{INVALID}Schedule expressions must have the following syntax: "
                "rate(<number>\\s?(minutes?|hours?|days?)), cron(<cron_expression>) or "
                "at(yyyy-MM-dd'T'HH:mm:ss)."
            ),
        ),
    ],
)
def test_words_for_what_is_no_schedule(text: str, words: str) -> None:
    """Measured on the service in September 2026."""
    with pytest.raises(InvalidSchedule) as raised:
        read_schedule(text, "UTC", START)
    assert str(raised.value) == words


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "", "UTC\x00"])
def test_what_is_no_time_zone(zone: str) -> None:
    with pytest.raises(InvalidSchedule):
        read_schedule("rate(1 day)", zone, START)


def test_days_are_read_once_however_many_are_named() -> None:
    """A search goes through nine years of months."""
    began = time.process_time()
    for _ in range(20):
        assert times(f"cron(0 0 ? 2 {'2#5,' * 390}2#5 *)", 1) == []
    assert time.process_time() - began < 0.3
    leap = f"cron(0 0 {'30,31,30W,' * 150}29 2 ? *)"
    began = time.process_time()
    assert times(leap, 1) == ["2028-02-29 00:00"]
    assert time.process_time() - began < 0.1


@examples(40)
@given(
    text=st.from_regex(r"cron\(([0-9*?,/LW#A-Z-]{1,5} ){5}[0-9*?,/-]{1,9}\)", fullmatch=True),
    moment=st.integers(0, 4_000_000_000),
)
def test_whatever_is_read_has_times_in_order(text: str, moment: int) -> None:
    try:
        schedule = read_schedule(text, "UTC", 0.0)
    except InvalidSchedule:
        return
    found = [float(moment)]
    for _ in range(3):
        following = schedule.next_after(found[-1])
        if following is None:
            break
        found.append(following)
    assert all(one < other for one, other in pairwise(found))
