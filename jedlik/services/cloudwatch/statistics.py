"""Statistics by their names, as in MetricStat and Statistics (CloudWatch user guide, "CloudWatch
statistics definitions"): the five simple ones and percentiles."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from jedlik.kernel.metrics.aggregate import Aggregate
from jedlik.services.cloudwatch.errors import InvalidParameterValueException

Statistic = Callable[[Aggregate], float | None]
"""Returns the statistic of an aggregate; None if its values are not sufficient."""

SIMPLE: Final[dict[str, Statistic]] = {
    "SampleCount": lambda sums: sums.count,
    "Average": lambda sums: sums.average,
    "Sum": lambda sums: sums.sum,
    "Minimum": lambda sums: sums.low,
    "Maximum": lambda sums: sums.high,
}
_PERCENTILE: Final = re.compile(r"p((?:100|[0-9]{1,2})(?:\.[0-9]{1,10})?)").fullmatch
_OTHERS: Final = re.compile(
    r"(iqm|IQM|(tm|wm|tc|ts)[0-9.]+|(TM|WM|TC|TS|PR)\([0-9.%:]*\))"
).fullmatch


def is_statistic(name: str) -> bool:
    """Whether CloudWatch has a statistic of that name, which may not be built here."""
    return name in SIMPLE or bool(_PERCENTILE(name) or _OTHERS(name))


def statistic_of(name: str, parameter: str) -> Statistic:
    """The statistic with that name; `parameter` is the member that has it. Raises
    InvalidParameterValueException."""
    simple = SIMPLE.get(name)
    if simple is not None:
        return simple
    found = _PERCENTILE(name)
    if found is not None:
        percent = min(float(found[1]), 100.0)  # only the part before the point is limited
        return lambda sums: sums.percentile(percent)
    if _OTHERS(name):
        raise InvalidParameterValueException(
            f"The statistic {name} for parameter {parameter} is not available in this version of "
            "Jedlik: percentiles (p99) and the simple statistics are"
        )
    raise InvalidParameterValueException(
        f"The value {name[:256]} for parameter {parameter} is not supported."
    )
