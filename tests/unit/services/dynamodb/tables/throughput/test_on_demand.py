"""Maxima of tables on demand."""

from __future__ import annotations

import pytest

from jedlik.base.errors import LimitExceededException, ValidationException
from jedlik.services.dynamodb.tables.throughput.on_demand import changed_on_demand, check_on_demand
from tests.unit.services.dynamodb.tables.throughput.rules import (
    MOST,
    ON_DEMAND,
    PROVISIONED,
    QUOTAS,
    refusal,
)


def test_maxima_are_for_tables_on_demand() -> None:
    given = {"MaxReadRequestUnits": 1, "MaxWriteRequestUnits": MOST}
    check = check_on_demand
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
    check = check_on_demand
    text = refusal(ValidationException, check, given, ON_DEMAND, QUOTAS, at_update=at_update)
    assert text == (
        "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range"
    )


def test_an_update_takes_a_maximum_away() -> None:
    check_on_demand({"MaxReadRequestUnits": -1}, ON_DEMAND, QUOTAS, at_update=True)
    settings = changed_on_demand({}, {"MaxReadRequestUnits": 5})
    assert settings == {"OnDemandThroughput": {"MaxReadRequestUnits": 5}}
    more = changed_on_demand(settings, {"MaxWriteRequestUnits": 6})
    assert more["OnDemandThroughput"] == {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 6}
    assert changed_on_demand(settings, {"MaxReadRequestUnits": -1}) == {}


@pytest.mark.parametrize("kind", ["Read", "Write"])
@pytest.mark.parametrize("index", ["Reads", "Writes"])
def test_maxima_above_the_account(kind: str, index: str) -> None:
    given = {f"Max{kind}RequestUnits": MOST + 1}
    text = refusal(LimitExceededException, check_on_demand, given, ON_DEMAND, QUOTAS, index)
    quota = f"TableMax{kind}CapacityUnits"
    assert f"for index : {index} exceeds {quota} of the account in region" in text
