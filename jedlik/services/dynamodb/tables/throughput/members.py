"""The members of ProvisionedThroughput, OnDemandThroughput and WarmThroughput."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from jedlik.base.limits import INITIAL_READ_UNITS, INITIAL_WRITE_UNITS

UNITS: Final = ("ReadCapacityUnits", "WriteCapacityUnits")
ON_DEMAND_UNITS: Final = ("MaxReadRequestUnits", "MaxWriteRequestUnits")
WARM_UNITS: Final = {
    "ReadUnitsPerSecond": ("ReadCapacityUnits", INITIAL_READ_UNITS),
    "WriteUnitsPerSecond": ("WriteCapacityUnits", INITIAL_WRITE_UNITS),
}
"""Each with the member of ProvisionedThroughput that it follows, and what is warm on demand."""


def stated(given: Mapping[str, Any] | None, members: Iterable[str]) -> dict[str, int]:
    """Those of the members that a request states."""
    return {member: given[member] for member in members if given and given.get(member) is not None}
