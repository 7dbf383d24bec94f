"""The figures of one process, as families of samples.

The metrics of CloudWatch, added up since the process began, in the form of scrapers: sums as
counters, durations as histograms, settings as gauges.
"""

from __future__ import annotations

import re
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from jedlik.app.admin.open_metrics import Family, Kind, Sample
from jedlik.kernel.metrics.aggregate import Aggregate, upper_end_of
from jedlik.kernel.metrics.metric import BYTES, MILLISECONDS, PERCENT, Metric
from jedlik.kernel.metrics.recorder import Metrics

ENDS: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
               1.0, 2.5, 5.0, 10.0)  # fmt: skip
"""Upper ends of the buckets of durations, in seconds."""
_MILLISECOND: Final = 0.001
_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OTHERS: Final = re.compile(r"[^a-zA-Z0-9]+")
_KIB: Final = 1024
_COUNTED: Final = "_total"
"""The end of the names of counters."""

Gauges = dict[str, tuple[str, Callable[[], float]]]
"""By name: the meaning of the figure, and the function that reads it."""


def snake(name: str) -> str:
    """The name of a metric or dimension in the form of scrapers."""
    return _OTHERS.sub("_", _WORDS.sub("_", name)).lower()


def families_of(metrics: Metrics) -> Iterator[Family]:
    """All sums of a recorder, as of when each is asked for."""
    for metric, value in list(metrics.gauges.items()):
        unit = "ratio" if metric.unit == PERCENT else ""
        name = _name(metric, unit)
        shown = value / 100.0 if metric.unit == PERCENT else value
        yield Family(name, "gauge", unit, _help(metric), [Sample("", _labels(metric), shown)])
    for metric, sums in list(metrics.totals.items()):
        if metric.unit == MILLISECONDS:
            name = _name(metric, "seconds")
            yield Family(name, "histogram", "seconds", _help(metric), _histogram(metric, sums))
        else:
            unit = "bytes" if metric.unit == BYTES else ""
            name = _name(metric, unit)
            samples = [Sample(_COUNTED, _labels(metric), sums.sum)]
            yield Family(name, "counter", unit, _help(metric), samples)


def _name(metric: Metric, unit: str) -> str:
    base = f"jedlik_{snake(metric.namespace.removeprefix('AWS/'))}_{snake(metric.name)}"
    return base if not unit or base.endswith(f"_{unit}") else f"{base}_{unit}"


def _help(metric: Metric) -> str:
    return f"{metric.name} of {metric.namespace}, see `jedlik manual monitoring`."


def _labels(metric: Metric) -> dict[str, str]:
    return {snake(name): value for name, value in metric.dimensions}


def _histogram(metric: Metric, sums: Aggregate) -> list[Sample]:
    labels = _labels(metric)
    counted = sorted((sums.buckets or {}).items())
    samples = []
    seen = at = 0
    for end in ENDS:
        while at < len(counted) and upper_end_of(counted[at][0]) * _MILLISECOND <= end:
            seen += counted[at][1]
            at += 1
        samples.append(Sample("_bucket", {**labels, "le": repr(end)}, seen))
    samples.append(Sample("_bucket", {**labels, "le": "+Inf"}, sums.count))
    samples.append(Sample("_count", labels, sums.count))
    samples.append(Sample("_sum", labels, sums.sum * _MILLISECOND))
    return samples


def gauge_families(gauges: Gauges) -> Iterator[Family]:
    """Figures that are read on request."""
    for name, (meaning, read) in gauges.items():
        family = name.removesuffix(_COUNTED)
        kind: Kind = "counter" if family != name else "gauge"
        unit = next((each for each in ("seconds", "bytes") if family.endswith(f"_{each}")), "")
        samples = [Sample(name.removeprefix(family), {}, read())]
        yield Family(family, kind, unit, meaning, samples)


def process_gauges(started: float) -> Gauges:
    """The figures that every process has; `started` is when it began, in seconds."""
    return {
        "process_cpu_seconds_total": ("Processor time used.", time.process_time),
        "process_max_resident_memory_bytes": ("Largest resident memory so far.", _memory),
        "process_open_fds": ("Open file descriptors.", _open_files),
        "process_start_time_seconds": ("When it began, since the epoch.", lambda: started),
    }


def _memory() -> float:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(most if sys.platform == "darwin" else most * _KIB)


def _open_files() -> float:
    for folder in ("/proc/self/fd", "/dev/fd"):
        if Path(folder).is_dir():
            return float(sum(1 for _ in Path(folder).iterdir()))
    return 0.0
