"""WarmThroughput: what a table or index can take at once. It only ever rises.

API reference, "WarmThroughput"; developer guide, "Warm throughput".
"""

from __future__ import annotations

from typing import Any, Final

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.tables.model import PAY_PER_REQUEST, PROVISIONED
from jedlik.services.dynamodb.tables.quotas import Quotas
from jedlik.services.dynamodb.tables.throughput.members import WARM_UNITS, stated

_INITIAL_THROUGHPUT_PAGE: Final = (
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
    "on-demand-capacity-mode.html#on-demand-capacity-mode-initial"
)


def check_warm(
    given: dict[str, Any] | None,
    billing_mode: str,
    provisioned: dict[str, Any] | None,
    quotas: Quotas,
    index: str | None = None,
) -> None:
    """Refuse WarmThroughput below what the capacity mode has from the start.

    Raises ValidationException, or LimitExceededException above the account's maximum.
    """
    subject = "table" if index is None else f"index {index}"
    for member, (capacity, initial) in WARM_UNITS.items():
        value = None if given is None else given.get(member)
        if value is None:
            continue
        requested = f"Requested {member} for WarmThroughput for {subject} is lower than"
        if billing_mode == PAY_PER_REQUEST and value < initial:
            raise ValidationException.of_values(
                f"{requested} initial throughput for OnDemand. See: {_INITIAL_THROUGHPUT_PAGE}"
            )
        if billing_mode == PROVISIONED and provisioned and value < provisioned[capacity]:
            raise ValidationException.of_values(f"{requested} {capacity} of ProvisionedThroughput")
        _check_warm_maximum(member, value, quotas, subject)


def check_warm_increase(
    given: dict[str, Any],
    settings: dict[str, Any],
    billing_mode: str,
    quotas: Quotas,
    index: str | None = None,
) -> None:
    """Refuse WarmThroughput below the present one, since it only ever rises, or above the
    maximum."""
    current = warm_description(settings, billing_mode, "")
    subject = "table" if index is None else f"index {index}"
    for member in WARM_UNITS:
        if given.get(member) is None:
            continue
        if given[member] < current[member]:
            raise ValidationException.of_values(
                f"Requested {member} for WarmThroughput for {subject} is lower than "
                "current WarmThroughput, decreasing WarmThroughput is not supported"
            )
        _check_warm_maximum(member, given[member], quotas, subject)


def _check_warm_maximum(member: str, value: int, quotas: Quotas, subject: str) -> None:
    if value > quotas.table:
        raise quotas.exceeded(member, f"WarmThroughput for {subject}")


def raised_warm(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with WarmThroughput raised to the provisioned units; it never drops."""
    provisioned = settings.get("ProvisionedThroughput", {})
    warm = settings.get("WarmThroughput", {})
    raised = {
        member: max(warm.get(member, 0), provisioned.get(capacity, 0))
        for member, (capacity, _) in WARM_UNITS.items()
    }
    return {**settings, "WarmThroughput": raised}


def changed_warm(
    settings: dict[str, Any], given: dict[str, Any], billing_mode: str
) -> dict[str, Any]:
    """The settings after WarmThroughput was raised to `given`."""
    current = warm_description(settings, billing_mode, "")
    block = {member: current[member] for member in WARM_UNITS} | stated(given, WARM_UNITS)
    return {**settings, "WarmThroughput": block}


def warm_before(settings: dict[str, Any], billing_mode: str) -> dict[str, Any]:
    """What is shown of `settings` until a rise of warm throughput is over."""
    description = warm_description(settings, billing_mode, "")
    return {"WarmThroughput": {member: description[member] for member in WARM_UNITS}}


def warm_description(settings: dict[str, Any], billing_mode: str, status: str) -> dict[str, Any]:
    """The WarmThroughput member of a description.

    If it was never set, it follows from the capacity mode: the provisioned units, or 12,000 and
    4,000 on demand.
    """
    provisioned = settings.get("ProvisionedThroughput", {})
    warm = settings.get("WarmThroughput", {})
    answer: dict[str, Any] = {}
    for member, (capacity, initial) in WARM_UNITS.items():
        least = initial if billing_mode == PAY_PER_REQUEST else provisioned.get(capacity, 1)
        answer[member] = max(warm.get(member, 0), least)
    answer["Status"] = status
    return answer
