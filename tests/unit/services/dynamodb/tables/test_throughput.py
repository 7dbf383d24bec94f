"""The rules of throughput settings, and of sequences of changes."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import LimitExceededException, ServiceError, ValidationException
from jedlik.base.limits import FREE_DECREASES_A_DAY, SECONDS_BETWEEN_DECREASES
from jedlik.services.dynamodb.tables import throughput
from jedlik.services.dynamodb.tables.quotas import Quotas
from tests.control_plane import units

QUOTAS = Quotas("us-east-1")
MOST = QUOTAS.table
DAY = 86_400.0
MIDNIGHT = 1_700_006_400.0
PROVISIONED, ON_DEMAND = "PROVISIONED", "PAY_PER_REQUEST"


def refusal(kind: type[ServiceError], call: Any, *arguments: Any, **more: Any) -> str:
    with pytest.raises(kind) as raised:
        call(*arguments, **more)
    return raised.value.message.removeprefix("One or more parameter values were invalid: ")


def test_units_up_to_the_quota_of_a_table() -> None:
    throughput.check_capacity(units(MOST, MOST), QUOTAS)
    check = throughput.check_capacity
    text = refusal(LimitExceededException, check, units(1, MOST + 1), QUOTAS)
    assert text.startswith(f"The requested WriteCapacityUnits, {MOST + 1}, is above the per table")
    text = refusal(LimitExceededException, check, units(MOST + 1, 1), QUOTAS, "i")
    assert f"ReadCapacityUnits for index i, {MOST + 1}, is above the per index maximum" in text


def test_maxima_are_for_tables_on_demand() -> None:
    given = {"MaxReadRequestUnits": 1, "MaxWriteRequestUnits": MOST}
    check = throughput.check_on_demand
    check(given, ON_DEMAND, QUOTAS)
    check(None, PROVISIONED, QUOTAS)
    assert refusal(ValidationException, check, given, PROVISIONED, QUOTAS) == (
        "MaxReadRequestUnits for OnDemandThroughput cannot be specified when "
        "table BillingMode is PROVISIONED."
    )
    assert refusal(ValidationException, check, given, PROVISIONED, QUOTAS, "i", at_update=True) == (
        "MaxReadRequestUnits for OnDemandThroughput for index: i cannot be specified when "
        "the table BillingMode is PROVISIONED"
    )


@pytest.mark.parametrize(("value", "at_update"), [(0, False), (0, True), (-1, False), (-2, True)])
def test_maxima_that_are_none(value: int, *, at_update: bool) -> None:
    given = {"MaxReadRequestUnits": value}
    check = throughput.check_on_demand
    text = refusal(ValidationException, check, given, ON_DEMAND, QUOTAS, at_update=at_update)
    assert text == (
        "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range"
    )


def test_an_update_takes_a_maximum_away() -> None:
    throughput.check_on_demand({"MaxReadRequestUnits": -1}, ON_DEMAND, QUOTAS, at_update=True)
    settings = throughput.changed_on_demand({}, {"MaxReadRequestUnits": 5})
    assert settings == {"OnDemandThroughput": {"MaxReadRequestUnits": 5}}
    more = throughput.changed_on_demand(settings, {"MaxWriteRequestUnits": 6})
    assert more["OnDemandThroughput"] == {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 6}
    assert throughput.changed_on_demand(settings, {"MaxReadRequestUnits": -1}) == {}


def test_maxima_above_the_account() -> None:
    given = {"MaxWriteRequestUnits": MOST + 1}
    text = refusal(
        LimitExceededException, throughput.check_on_demand, given, ON_DEMAND, QUOTAS, "i"
    )
    assert "for index : i exceeds TableMaxWriteCapacityUnits of the account in region" in text


def test_what_is_warm_is_no_less_than_what_there_is_from_the_start() -> None:
    check = throughput.check_warm
    check({"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000}, ON_DEMAND, None, QUOTAS)
    text = refusal(
        ValidationException, check, {"ReadUnitsPerSecond": 11_999}, ON_DEMAND, None, QUOTAS
    )
    assert text.startswith("Requested ReadUnitsPerSecond for WarmThroughput for table is lower")
    check({"ReadUnitsPerSecond": 5}, PROVISIONED, units(5, 5), QUOTAS)
    text = refusal(
        ValidationException, check, {"ReadUnitsPerSecond": 4}, PROVISIONED, units(5, 5), QUOTAS
    )
    assert text.endswith("is lower than ReadCapacityUnits of ProvisionedThroughput")
    too_much = {"WriteUnitsPerSecond": MOST + 1}
    assert refusal(LimitExceededException, check, too_much, ON_DEMAND, None, QUOTAS)


def test_what_is_warm_never_drops() -> None:
    settings = {"WarmThroughput": {"ReadUnitsPerSecond": 20_000}}
    check = throughput.check_warm_increase
    check({"ReadUnitsPerSecond": 20_000}, settings, ON_DEMAND, QUOTAS)
    lower = {"ReadUnitsPerSecond": 19_999}
    text = refusal(ValidationException, check, lower, settings, ON_DEMAND, QUOTAS, "i")
    assert text.endswith("decreasing WarmThroughput is not supported")
    assert throughput.warm_description({}, ON_DEMAND, "ACTIVE") == {
        "ReadUnitsPerSecond": 12_000,
        "WriteUnitsPerSecond": 4_000,
        "Status": "ACTIVE",
    }


def test_units_that_stay_as_they_are() -> None:
    settings = throughput.initial_settings({"ProvisionedThroughput": units(5, 6)})
    text = refusal(
        ValidationException, throughput.changed_capacity, settings, units(5, 6), MIDNIGHT
    )
    assert text.startswith("The provisioned throughput for the table will not change.")
    assert "Current WriteCapacityUnits provisioned for the table: 6." in text


def test_increases_and_decreases_are_noted() -> None:
    settings = throughput.initial_settings({"ProvisionedThroughput": units(5, 5)})
    after = throughput.changed_capacity(settings, units(6, 4), MIDNIGHT)
    kept = after["ProvisionedThroughput"]
    assert kept["LastIncreaseDateTime"] == kept["LastDecreaseDateTime"] == MIDNIGHT
    assert kept["NumberOfDecreasesToday"] == 1
    assert after["WarmThroughput"] == {"ReadUnitsPerSecond": 6, "WriteUnitsPerSecond": 5}
    described = throughput.provisioned_description(after, PROVISIONED, MIDNIGHT)
    assert (described["ReadCapacityUnits"], described["NumberOfDecreasesToday"]) == (6, 1)
    tomorrow = throughput.provisioned_description(after, PROVISIONED, MIDNIGHT + DAY)
    assert tomorrow["NumberOfDecreasesToday"] == 0


def decreased(times: int, now: float) -> dict[str, Any]:
    """Settings whose units were taken down a number of times at one moment."""
    return {
        "ProvisionedThroughput": {
            **units(100, 100), "NumberOfDecreasesToday": times, "LastDecreaseDateTime": now,
        }
    }  # fmt: skip


def test_some_decreases_a_day_and_then_one_an_hour() -> None:
    change = throughput.changed_capacity
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
        throughput.changed_capacity(late, units(99, 99), MIDNIGHT - 1)
    after = throughput.changed_capacity(late, units(99, 99), MIDNIGHT)
    assert after["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 1


def test_the_other_billing_mode_keeps_what_is_warm() -> None:
    settings = throughput.changed_on_demand({}, {"MaxReadRequestUnits": 5})
    switched = throughput.switched_settings(settings, ON_DEMAND)
    assert switched == {
        "WarmThroughput": {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000}
    }
    on_demand = throughput.provisioned_description(
        {"ProvisionedThroughput": units(5, 6)}, ON_DEMAND, MIDNIGHT
    )
    assert (on_demand["ReadCapacityUnits"], on_demand["WriteCapacityUnits"]) == (0, 0)


def test_the_old_units_are_shown_until_the_new_ones_are_there() -> None:
    before = throughput.initial_settings({"ProvisionedThroughput": units(5, 5)})
    after = throughput.changed_capacity(before, units(6, 5), MIDNIGHT)
    assert throughput.units_before(before, after)["ProvisionedThroughput"] == {
        **units(5, 5),
        "NumberOfDecreasesToday": 0,
        "LastIncreaseDateTime": MIDNIGHT,
    }
