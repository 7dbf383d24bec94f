"""The name of a metric."""

from __future__ import annotations

from typing import NamedTuple

COUNT = "Count"
BYTES = "Bytes"
MILLISECONDS = "Milliseconds"
PERCENT = "Percent"
NONE = "None"

Dimensions = tuple[tuple[str, str], ...]


class Metric(NamedTuple):
    """A metric with CloudWatch's names; `dimensions` are pairs sorted by name."""

    namespace: str
    name: str
    dimensions: Dimensions = ()
    unit: str = COUNT
