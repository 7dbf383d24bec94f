"""The throughput of a table or index as it is stored, of all three kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jedlik.services.dynamodb.tables.throughput.members import (
    ON_DEMAND_UNITS,
    UNITS,
    WARM_UNITS,
    stated,
)
from jedlik.services.dynamodb.tables.throughput.warm import changed_warm


def initial_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored of a new table's or index's throughput members."""
    settings: dict[str, Any] = {}
    provisioned = given.get("ProvisionedThroughput")
    if provisioned is not None:
        settings["ProvisionedThroughput"] = {member: provisioned[member] for member in UNITS}
    for name, members in (
        ("OnDemandThroughput", ON_DEMAND_UNITS),
        ("WarmThroughput", WARM_UNITS),
    ):
        block = stated(given.get(name), members)
        if block:
            settings[name] = block
    return settings


def switched_settings(settings: dict[str, Any], billing_mode: str) -> dict[str, Any]:
    """The settings of a table or index whose table leaves `billing_mode` for the other one.

    On-demand maxima are dropped, and warm throughput stays.
    """
    others = {name: value for name, value in settings.items() if name != "OnDemandThroughput"}
    return changed_warm(others, {}, billing_mode)
