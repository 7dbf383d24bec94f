"""Provisioned units: quotas, and what is noted of changes."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import LimitExceededException, ValidationException
from jedlik.base.limits import FREE_DECREASES_A_DAY, SECONDS_BETWEEN_DECREASES
from jedlik.services.dynamodb.tables.throughput.provisioned import (
    changed_capacity,
    check_capacity,
    provisioned_description,
    units_before,
)
from jedlik.services.dynamodb.tables.throughput.settings import initial_settings
from tests.control_plane import units
from tests.unit.services.dynamodb.tables.throughput.rules import MOST, PROVISIONED, QUOTAS, refusal

DAY = 86_400.0
MIDNIGHT = 1_700_006_400.0


def test_units_up_to_the_quota_of_a_table() -> None:
    check_capacity(units(MOST, MOST), QUOTAS)
    check = check_capacity
    text = refusal(LimitExceededException, check, units(1, MOST + 1), QUOTAS)
    assert text.startswith(f"The requested WriteCapacityUnits, {MOST + 1}, is above the per table")
    text = refusal(LimitExceededException, check, units(MOST + 1, 1), QUOTAS, "i")
    assert f"ReadCapacityUnits for index i, {MOST + 1}, is above the per index maximum" in text


def test_units_that_stay_as_they_are() -> None:
    settings = initial_settings({"ProvisionedThroughput": units(5, 6)})
    text = refusal(ValidationException, changed_capacity, settings, units(5, 6), MIDNIGHT)
    assert text.startswith("The provisioned throughput for the table will not change.")
    assert "Current WriteCapacityUnits provisioned for the table: 6." in text


def test_increases_and_decreases_are_noted() -> None:
    settings = initial_settings({"ProvisionedThroughput": units(5, 5)})
    after = changed_capacity(settings, units(6, 4), MIDNIGHT)
    kept = after["ProvisionedThroughput"]
    assert kept["LastIncreaseDateTime"] == kept["LastDecreaseDateTime"] == MIDNIGHT
    assert kept["NumberOfDecreasesToday"] == 1
    assert after["WarmThroughput"] == {"ReadUnitsPerSecond": 6, "WriteUnitsPerSecond": 5}
    described = provisioned_description(after, PROVISIONED, MIDNIGHT)
    assert (described["ReadCapacityUnits"], described["NumberOfDecreasesToday"]) == (6, 1)
    tomorrow = provisioned_description(after, PROVISIONED, MIDNIGHT + DAY)
    assert tomorrow["NumberOfDecreasesToday"] == 0


def decreased(times: int, now: float) -> dict[str, Any]:
    """Settings whose units were taken down a number of times at one moment."""
    return {
        "ProvisionedThroughput": {
            **units(100, 100), "NumberOfDecreasesToday": times, "LastDecreaseDateTime": now,
        }
    }  # fmt: skip


def test_some_decreases_a_day_and_then_one_an_hour() -> None:
    change = changed_capacity
    free = decreased(FREE_DECREASES_A_DAY - 1, MIDNIGHT)
    assert change(free, units(99, 99), MIDNIGHT + 1)
    used_up = decreased(FREE_DECREASES_A_DAY, MIDNIGHT)
    almost = MIDNIGHT + SECONDS_BETWEEN_DECREASES - 1
    text = refusal(LimitExceededException, change, used_up, units(99, 99), almost)
    assert f"Number of decreases today: {FREE_DECREASES_A_DAY}." in text
    assert text.endswith(
        "Next decrease can be made at Wednesday, November 15, 2023 at 1:00:00 AM "
        "Coordinated Universal Time"
    )
    assert change(used_up, units(101, 101), almost), "increases are free"
    assert change(used_up, units(99, 99), almost + 1)


def test_at_midnight_the_count_starts_again() -> None:
    late = decreased(FREE_DECREASES_A_DAY, MIDNIGHT - 10)
    with pytest.raises(LimitExceededException):
        changed_capacity(late, units(99, 99), MIDNIGHT - 1)
    after = changed_capacity(late, units(99, 99), MIDNIGHT)
    assert after["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 1


def test_the_old_units_are_shown_until_the_new_ones_are_there() -> None:
    before = initial_settings({"ProvisionedThroughput": units(5, 5)})
    after = changed_capacity(before, units(6, 5), MIDNIGHT)
    assert units_before(before, after)["ProvisionedThroughput"] == {
        **units(5, 5),
        "NumberOfDecreasesToday": 0,
        "LastIncreaseDateTime": MIDNIGHT,
    }
