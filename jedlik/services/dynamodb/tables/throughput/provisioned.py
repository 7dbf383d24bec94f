"""ProvisionedThroughput: its quotas, the day's decreases, and what is shown of it.

API reference, "ProvisionedThroughput"; developer guide, "Quotas" (per-table maximum, decreases a
day).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from jedlik.base.errors import LimitExceededException, ValidationException
from jedlik.base.limits import FREE_DECREASES_A_DAY, SECONDS_BETWEEN_DECREASES
from jedlik.services.dynamodb.tables.model import PAY_PER_REQUEST
from jedlik.services.dynamodb.tables.quotas import Quotas
from jedlik.services.dynamodb.tables.throughput.members import UNITS
from jedlik.services.dynamodb.tables.throughput.warm import raised_warm

_MAX_UNITS: Final = 10**12
_COUNTS: Final = (*UNITS, "NumberOfDecreasesToday")
_DAY: Final = 86400


def check_units(given: Mapping[str, Any] | None) -> None:
    """Refuse units of a table above any valid number. Raises ValidationException."""
    for member in UNITS:
        if given is not None and given[member] > _MAX_UNITS:
            raise ValidationException(f"Given value {given[member]} for {member} is out of bounds")


def check_capacity(given: dict[str, Any], quotas: Quotas, index: str | None = None) -> None:
    """Refuse provisioned units above what a table or index may have (LimitExceededException), and a
    table's units above any valid number (ValidationException)."""
    if index is None:
        check_units(given)
    for member in UNITS:
        if given[member] > quotas.table:
            subject, per = ("", "table") if index is None else (f" for index {index}", "index")
            raise LimitExceededException(
                f"The requested {member}{subject}, {given[member]}, is above the per {per} maximum "
                f"for the account in {quotas.region}. Per {per} maximum: {quotas.table}. "
                "Refer to the Amazon DynamoDB Developer Guide for current limits and how to "
                "request higher limits."
            )


def changed_capacity(
    settings: dict[str, Any], given: dict[str, Any], now: float, index: str | None = None
) -> dict[str, Any]:
    """The settings after ProvisionedThroughput was set to `given` at `now`.

    Raises ValidationException if nothing would change, and LimitExceededException if the
    day's decreases are used up ("Quotas": four a UTC day, then one an hour).
    """
    before = settings.get("ProvisionedThroughput", {})
    current = {member: before.get(member, 0) for member in UNITS}
    wanted = {member: given[member] for member in UNITS}
    if wanted == current:
        raise _will_not_change(current, index)
    after = {**before, **wanted}
    if any(wanted[member] > current[member] for member in UNITS):
        after["LastIncreaseDateTime"] = now
    if any(wanted[member] < current[member] for member in UNITS):
        after["NumberOfDecreasesToday"] = _admit_decrease(before, now) + 1
        after["LastDecreaseDateTime"] = now
    return raised_warm({**raised_warm(settings), "ProvisionedThroughput": after})


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


def units_before(settings: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What is shown of `settings` until the units of `after` are in force: the old units with the
    times of the new ones (answers of the service)."""
    old, new = (each.get("ProvisionedThroughput", {}) for each in (settings, after))
    return {"ProvisionedThroughput": {**new, **{name: old.get(name, 0) for name in _COUNTS}}}


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
    for member in UNITS:
        answer[member] = 0 if on_demand else provisioned.get(member, 0)
    return answer
