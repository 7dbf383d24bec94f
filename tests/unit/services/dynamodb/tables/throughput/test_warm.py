"""Warm throughput: it only ever rises."""

from __future__ import annotations

from jedlik.base.errors import LimitExceededException, ValidationException
from jedlik.services.dynamodb.tables.throughput.warm import (
    check_warm,
    check_warm_increase,
    warm_description,
)
from tests.control_plane import units
from tests.unit.services.dynamodb.tables.throughput.rules import (
    MOST,
    ON_DEMAND,
    PROVISIONED,
    QUOTAS,
    refusal,
)


def test_what_is_warm_is_no_less_than_what_there_is_from_the_start() -> None:
    check = check_warm
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
    check = check_warm_increase
    check({"ReadUnitsPerSecond": 20_000}, settings, ON_DEMAND, QUOTAS)
    lower = {"ReadUnitsPerSecond": 19_999}
    text = refusal(ValidationException, check, lower, settings, ON_DEMAND, QUOTAS, "i")
    assert text.endswith("decreasing WarmThroughput is not supported")
    assert warm_description({}, ON_DEMAND, "ACTIVE") == {
        "ReadUnitsPerSecond": 12_000,
        "WriteUnitsPerSecond": 4_000,
        "Status": "ACTIVE",
    }
