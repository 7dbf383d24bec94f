"""Throughput as it is stored, when the billing mode changes."""

from __future__ import annotations

from jedlik.services.dynamodb.tables.throughput.on_demand import changed_on_demand
from jedlik.services.dynamodb.tables.throughput.provisioned import provisioned_description
from jedlik.services.dynamodb.tables.throughput.settings import switched_settings
from tests.control_plane import units
from tests.unit.services.dynamodb.tables.throughput.rules import ON_DEMAND

MIDNIGHT = 1_700_006_400.0


def test_the_other_billing_mode_keeps_what_is_warm() -> None:
    settings = changed_on_demand({}, {"MaxReadRequestUnits": 5})
    switched = switched_settings(settings, ON_DEMAND)
    assert switched == {
        "WarmThroughput": {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000}
    }
    on_demand = provisioned_description({"ProvisionedThroughput": units(5, 6)}, ON_DEMAND, MIDNIGHT)
    assert (on_demand["ReadCapacityUnits"], on_demand["WriteCapacityUnits"]) == (0, 0)
