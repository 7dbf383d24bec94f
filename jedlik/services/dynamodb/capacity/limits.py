"""The limits of tables and global indexes, derived from their descriptions.

Developer guide, "Burst and adaptive capacity", "On-demand capacity mode", "Warm throughput",
"Quotas".
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from jedlik.base.limits import (
    BURST_SECONDS,
    PARTITION_READ_UNITS,
    PARTITION_SIZE,
    PARTITION_WRITE_UNITS,
)
from jedlik.services.dynamodb.capacity.refusals import (
    ACCOUNT_LIMIT,
    KEY_RANGE,
    MAX_ON_DEMAND,
    PROVISIONED_THROUGHPUT,
)
from jedlik.services.dynamodb.tables.model import PAY_PER_REQUEST
from jedlik.services.dynamodb.tables.throughput.warm import warm_description

MAX_PARTITIONS: Final = 64
"""Enough for the largest capacity of a table by default, and a power of two."""


class Limit(NamedTuple):
    """Units a second, and the number of seconds for which unused ones are kept; `cause` names the
    shortage when they run out. `ceiling` is how far an on-demand table may grow beyond `rate`
    (None: not at all), and `ceiling_cause` names the shortage once it has."""

    rate: float
    seconds: float
    cause: str
    ceiling: float | None = None
    ceiling_cause: str = ACCOUNT_LIMIT


class Limits(NamedTuple):
    """The limits of a table or of a global index, and its minimum number of partitions."""

    read: Limit
    write: Limit
    partitions: int


PARTITION_READ: Final = Limit(PARTITION_READ_UNITS, 1.0, KEY_RANGE)
PARTITION_WRITE: Final = Limit(PARTITION_WRITE_UNITS, 1.0, KEY_RANGE)

_MEMBERS: Final = (
    ("ReadCapacityUnits", "ReadUnitsPerSecond", "MaxReadRequestUnits"),
    ("WriteCapacityUnits", "WriteUnitsPerSecond", "MaxWriteRequestUnits"),
)


def limits_of(settings: dict[str, Any], billing_mode: str, quota: int) -> Limits:
    """The limits from the throughput settings of a table or index; `quota` is how far an on-demand
    table may grow."""
    warm = warm_description(settings, billing_mode, "")
    on_demand = billing_mode == PAY_PER_REQUEST
    read, write = (
        _on_demand(warm[per_second], settings.get("OnDemandThroughput", {}).get(maximum), quota)
        if on_demand
        else _provisioned(settings.get("ProvisionedThroughput", {}).get(capacity, 1))
        for capacity, per_second, maximum in _MEMBERS
    )
    return Limits(
        read,
        write,
        partitions_for(warm["ReadUnitsPerSecond"], warm["WriteUnitsPerSecond"]),
    )


def _provisioned(units: int) -> Limit:
    return Limit(units, BURST_SECONDS, PROVISIONED_THROUGHPUT)


def _on_demand(warm: int, maximum: int | None, quota: int) -> Limit:
    if maximum is not None and maximum <= warm:
        return Limit(maximum, 1.0, MAX_ON_DEMAND)
    if maximum is not None:
        return Limit(warm, 1.0, KEY_RANGE, maximum, MAX_ON_DEMAND)
    if quota <= warm:
        return Limit(quota, 1.0, ACCOUNT_LIMIT)
    return Limit(warm, 1.0, KEY_RANGE, quota)


def partitions_for(read: float, write: float, size: int = 0) -> int:
    """How many partitions are needed for these units a second and `size` bytes: a power of two, so
    that more partitions are the present ones split in halves."""
    count = 1
    needed = max(read / PARTITION_READ_UNITS, write / PARTITION_WRITE_UNITS, size / PARTITION_SIZE)
    while count < needed and count < MAX_PARTITIONS:
        count *= 2
    return count
