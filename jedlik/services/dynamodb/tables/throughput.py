"""Throughput settings of tables and global secondary indexes: their rules, and how they are stored.

`capacity.limits` reads from them what requests may consume where capacity is enforced.
Rules: API reference, "ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput"; developer
guide, "Quotas" (per-table maximum, decreases a day) and "Warm throughput".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from jedlik.base.errors import LimitExceededException, ValidationException
from jedlik.base.limits import (
    FREE_DECREASES_A_DAY,
    INITIAL_READ_UNITS,
    INITIAL_WRITE_UNITS,
    SECONDS_BETWEEN_DECREASES,
)
from jedlik.services.dynamodb.tables.model import PAY_PER_REQUEST, PROVISIONED
from jedlik.services.dynamodb.tables.quotas import Quotas

_UNITS: Final = ("ReadCapacityUnits", "WriteCapacityUnits")
_MAX_UNITS: Final = 10**12
_COUNTS: Final = (*_UNITS, "NumberOfDecreasesToday")
_ON_DEMAND_UNITS: Final = ("MaxReadRequestUnits", "MaxWriteRequestUnits")
_WARM_UNITS: Final = {
    "ReadUnitsPerSecond": ("ReadCapacityUnits", INITIAL_READ_UNITS),
    "WriteUnitsPerSecond": ("WriteCapacityUnits", INITIAL_WRITE_UNITS),
}
_INITIAL_THROUGHPUT_PAGE: Final = (
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
    "on-demand-capacity-mode.html#on-demand-capacity-mode-initial"
)
_DAY: Final = 86400


def check_capacity(given: dict[str, Any], quotas: Quotas, index: str | None = None) -> None:
    """Refuse provisioned units above what a table or index may have (LimitExceededException), and a
    table's units above any valid number (ValidationException)."""
    for member in _UNITS if index is None else ():
        if given[member] > _MAX_UNITS:
            raise ValidationException(f"Given value {given[member]} for {member} is out of bounds")
    for member in _UNITS:
        if given[member] > quotas.table:
            subject, per = ("", "table") if index is None else (f" for index {index}", "index")
            raise LimitExceededException(
                f"The requested {member}{subject}, {given[member]}, is above the per {per} maximum "
                f"for the account in {quotas.region}. Per {per} maximum: {quotas.table}. "
                "Refer to the Amazon DynamoDB Developer Guide for current limits and how to "
                "request higher limits."
            )


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
    for member in _ON_DEMAND_UNITS:
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
            raise _above_account(f"{member} for OnDemandThroughput for {subject}", quotas)


def _above_account(subject: str, quotas: Quotas) -> LimitExceededException:
    quota = "TableMaxReadCapacityUnits" if "Read" in subject else "TableMaxWriteCapacityUnits"
    return LimitExceededException(
        f"Subscriber limit exceeded: Requested {subject} exceeds {quota} of the account in region "
        f"{quotas.region}"
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
    for member, (capacity, initial) in _WARM_UNITS.items():
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


def _check_warm_maximum(member: str, value: int, quotas: Quotas, subject: str) -> None:
    if value > quotas.table:
        raise _above_account(f"{member} for WarmThroughput for {subject}", quotas)


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
    for member in _WARM_UNITS:
        if given.get(member) is None:
            continue
        if given[member] < current[member]:
            raise ValidationException.of_values(
                f"Requested {member} for WarmThroughput for {subject} is lower than "
                "current WarmThroughput, decreasing WarmThroughput is not supported"
            )
        _check_warm_maximum(member, given[member], quotas, subject)


def initial_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored of a new table's or index's throughput members."""
    settings: dict[str, Any] = {}
    provisioned = given.get("ProvisionedThroughput")
    if provisioned is not None:
        settings["ProvisionedThroughput"] = {member: provisioned[member] for member in _UNITS}
    for name, members in (
        ("OnDemandThroughput", _ON_DEMAND_UNITS),
        ("WarmThroughput", _WARM_UNITS),
    ):
        block = _stated(given.get(name), members)
        if block:
            settings[name] = block
    return settings


def _stated(given: Mapping[str, Any] | None, members: Any) -> dict[str, int]:
    return {member: given[member] for member in members if given and given.get(member) is not None}


def changed_capacity(
    settings: dict[str, Any], given: dict[str, Any], now: float, index: str | None = None
) -> dict[str, Any]:
    """The settings after ProvisionedThroughput was set to `given` at `now`.

    Raises ValidationException if nothing would change, and LimitExceededException if the
    day's decreases are used up ("Quotas": four a UTC day, then one an hour).
    """
    before = settings.get("ProvisionedThroughput", {})
    current = {member: before.get(member, 0) for member in _UNITS}
    wanted = {member: given[member] for member in _UNITS}
    if wanted == current:
        raise _will_not_change(current, index)
    after = {**before, **wanted}
    if any(wanted[member] > current[member] for member in _UNITS):
        after["LastIncreaseDateTime"] = now
    if any(wanted[member] < current[member] for member in _UNITS):
        after["NumberOfDecreasesToday"] = _admit_decrease(before, now) + 1
        after["LastDecreaseDateTime"] = now
    return raised_warm({**raised_warm(settings), "ProvisionedThroughput": after})


def units_before(settings: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What is shown of `settings` until the units of `after` are in force: the old units with the
    times of the new ones (answers of the service)."""
    old, new = (each.get("ProvisionedThroughput", {}) for each in (settings, after))
    return {"ProvisionedThroughput": {**new, **{name: old.get(name, 0) for name in _COUNTS}}}


def warm_before(settings: dict[str, Any], billing_mode: str) -> dict[str, Any]:
    """What is shown of `settings` until a rise of warm throughput is over."""
    description = warm_description(settings, billing_mode, "")
    return {"WarmThroughput": {member: description[member] for member in _WARM_UNITS}}


def _will_not_change(current: dict[str, int], index: str | None) -> ValidationException:
    subject = "the table" if index is None else f"the index {index}"
    owner = "the table" if index is None else f"index {index}"
    figures = " ".join(
        f"Current {member} provisioned for {owner}: {units}. Requested {member}: {units}."
        for member, units in current.items()
    )
    return ValidationException(
        f"The provisioned throughput for {subject} will not change. The requested value equals the "
        f"current value. {figures} Refer to the Amazon DynamoDB Developer Guide for current limits "
        "and how to request higher limits."
    )


def decreases_today(provisioned: dict[str, Any], now: float) -> int:
    """NumberOfDecreasesToday: the count starts from zero at midnight UTC."""
    last = provisioned.get("LastDecreaseDateTime")
    if last is None or last // _DAY != now // _DAY:
        return 0
    count: int = provisioned["NumberOfDecreasesToday"]
    return count


def _admit_decrease(provisioned: dict[str, Any], now: float) -> int:
    count = decreases_today(provisioned, now)
    if count < FREE_DECREASES_A_DAY:
        return count
    last = provisioned["LastDecreaseDateTime"]
    next_at = min(last + SECONDS_BETWEEN_DECREASES, (now // _DAY + 1) * _DAY)
    if now >= next_at:
        return count
    raise LimitExceededException(
        "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given "
        f"UTC day. After the first {FREE_DECREASES_A_DAY} decreases, each subsequent decrease in "
        f"the same UTC day can be performed at most once every {SECONDS_BETWEEN_DECREASES} "
        f"seconds. Number of decreases today: {count}. Last decrease at {_in_words(last)}. "
        f"Next decrease can be made at {_in_words(next_at)}"
    )


def _in_words(moment: float) -> str:
    time = datetime.fromtimestamp(moment, UTC)
    return (
        f"{time:%A}, {time:%B} {time.day}, {time.year} at {time.hour % 12 or 12}:{time:%M:%S %p} "
        "Coordinated Universal Time"
    )


def raised_warm(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with WarmThroughput raised to the provisioned units; it never drops."""
    provisioned = settings.get("ProvisionedThroughput", {})
    warm = settings.get("WarmThroughput", {})
    raised = {
        member: max(warm.get(member, 0), provisioned.get(capacity, 0))
        for member, (capacity, _) in _WARM_UNITS.items()
    }
    return {**settings, "WarmThroughput": raised}


def changed_on_demand(settings: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The settings after OnDemandThroughput was set to `given`; -1 removes a maximum."""
    block = with_maxima(settings, given)["OnDemandThroughput"]
    block = {member: units for member, units in block.items() if units != -1}
    others = {name: value for name, value in settings.items() if name != "OnDemandThroughput"}
    return {**others, "OnDemandThroughput": block} if block else others


def with_maxima(settings: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with `given` in their OnDemandThroughput, -1 included: what UpdateTable answers
    (as public issues quote the service)."""
    stated = _stated(given, _ON_DEMAND_UNITS)
    return {
        **settings,
        "OnDemandThroughput": {**settings.get("OnDemandThroughput", {}), **stated},
    }


def changed_warm(
    settings: dict[str, Any], given: dict[str, Any], billing_mode: str
) -> dict[str, Any]:
    """The settings after WarmThroughput was raised to `given`."""
    current = warm_description(settings, billing_mode, "")
    block = {member: current[member] for member in _WARM_UNITS} | _stated(given, _WARM_UNITS)
    return {**settings, "WarmThroughput": block}


def switched_settings(settings: dict[str, Any], billing_mode: str) -> dict[str, Any]:
    """The settings of a table or index whose table leaves `billing_mode` for the other one.

    On-demand maxima are dropped, and warm throughput stays.
    """
    others = {name: value for name, value in settings.items() if name != "OnDemandThroughput"}
    return changed_warm(others, {}, billing_mode)


def no_units(settings: dict[str, Any], now: float) -> dict[str, Any]:
    """The settings of a table that changes from provisioned to on demand at `now`: its units are
    lowered then, which does not count as one of the day's decreases (measured)."""
    provisioned = settings.get("ProvisionedThroughput", {})
    lowered = {
        "LastDecreaseDateTime": now, "NumberOfDecreasesToday": decreases_today(provisioned, now),
    }  # fmt: skip
    return {**settings, "ProvisionedThroughput": {**provisioned, **lowered}}


def provisioned_description(
    settings: dict[str, Any], billing_mode: str, now: float
) -> dict[str, Any]:
    """The ProvisionedThroughput member of a description; zero units on demand."""
    provisioned = settings.get("ProvisionedThroughput", {})
    on_demand = billing_mode == PAY_PER_REQUEST
    answer = {
        member: provisioned[member]
        for member in ("LastIncreaseDateTime", "LastDecreaseDateTime")
        if member in provisioned
    }
    answer["NumberOfDecreasesToday"] = decreases_today(provisioned, now)
    for member in _UNITS:
        answer[member] = 0 if on_demand else provisioned.get(member, 0)
    return answer


def warm_description(settings: dict[str, Any], billing_mode: str, status: str) -> dict[str, Any]:
    """The WarmThroughput member of a description.

    If it was never set, it follows from the capacity mode: the provisioned units, or 12,000 and
    4,000 on demand.
    """
    provisioned = settings.get("ProvisionedThroughput", {})
    warm = settings.get("WarmThroughput", {})
    answer: dict[str, Any] = {}
    for member, (capacity, initial) in _WARM_UNITS.items():
        least = initial if billing_mode == PAY_PER_REQUEST else provisioned.get(capacity, 1)
        answer[member] = max(warm.get(member, 0), least)
    answer["Status"] = status
    return answer
