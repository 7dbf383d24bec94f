"""OnDemandThroughput: the maximum units of a table or index on demand.

API reference, "OnDemandThroughput".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.tables.model import PROVISIONED
from jedlik.services.dynamodb.tables.quotas import Quotas
from jedlik.services.dynamodb.tables.throughput.members import ON_DEMAND_UNITS, stated


def check_on_demand(
    given: dict[str, Any] | None,
    billing_mode: str,
    quotas: Quotas,
    index: str | None = None,
    *,
    at_update: bool = False,
) -> None:
    """Refuse OnDemandThroughput that the service refuses. UpdateTable allows -1, "no maximum", and
    words one rule differently (answers of the service in public issues).

    Raises ValidationException, or LimitExceededException above the account's maximum.
    """
    provisioned = "table BillingMode is PROVISIONED."
    if at_update:
        provisioned = "the table BillingMode is PROVISIONED"
    for member in ON_DEMAND_UNITS:
        value = None if given is None else given.get(member)
        if value is None:
            continue
        if billing_mode == PROVISIONED:
            subject = "" if index is None else f" for index: {index}"
            raise ValidationException.of_values(
                f"{member} for OnDemandThroughput{subject} cannot be specified when {provisioned}"
            )
        subject = "table" if index is None else f"index : {index}"
        if value < 1 and not (at_update and value == -1):
            raise ValidationException.of_values(
                f"Requested {member} for OnDemandThroughput for {subject} is outside of valid range"
            )
        if value > quotas.table:
            raise quotas.exceeded(member, f"OnDemandThroughput for {subject}")


def changed_on_demand(settings: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The settings after OnDemandThroughput was set to `given`; -1 removes a maximum."""
    block = with_maxima(settings, given)["OnDemandThroughput"]
    block = {member: units for member, units in block.items() if units != -1}
    others = {name: value for name, value in settings.items() if name != "OnDemandThroughput"}
    return {**others, "OnDemandThroughput": block} if block else others


def with_maxima(settings: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with `given` in their OnDemandThroughput, -1 included: what UpdateTable answers
    (as public issues quote the service)."""
    maxima = stated(given, ON_DEMAND_UNITS)
    return {
        **settings,
        "OnDemandThroughput": {**settings.get("OnDemandThroughput", {}), **maxima},
    }
