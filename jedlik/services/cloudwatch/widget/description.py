"""The description of a graph (CloudWatch API reference, "GetMetricWidgetImage: metric widget
structure and syntax"): metrics in arrays, in which a dot means "as above"."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

import orjson

from jedlik.base.errors import ValidationException
from jedlik.services.cloudwatch.wire.typed import read_time
from jedlik.validation.scalars import Timestamp

MAX_METRICS: Final = 100
_RELATIVE: Final = re.compile(r"-P(?:T(\d+)([HM])|(\d+)([DW]))").fullmatch
_SECONDS: Final = {"M": 60, "H": 3600, "D": 86_400, "W": 604_800}
_SMALLEST, _LARGEST = 64, 2000


class Graph(NamedTuple):
    """A parsed graph; `queries` have the form of GetMetricData."""

    title: str
    width: int
    height: int
    start: float
    end: float
    queries: list[dict[str, Any]]


def read_graph(text: str, now: float) -> Graph:
    """The described graph. Raises ValidationException."""
    try:
        definition = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValidationException(f"The MetricWidget is not valid JSON: {error}") from None
    try:
        return _graph(definition, now)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        raise ValidationException(
            "The MetricWidget is not of the form that it should have."
        ) from None


def _graph(definition: dict[str, Any], now: float) -> Graph:
    for member in ("annotations", "yAxis", "liveData"):
        if definition.get(member):
            raise ValidationException(f"{member} is not available in this version of Jedlik")
    if definition.get("view", "timeSeries") != "timeSeries" or definition.get("stacked"):
        raise ValidationException("Only lines (view timeSeries) are available in Jedlik")
    width, height = int(definition.get("width", 600)), int(definition.get("height", 400))
    if not (_SMALLEST <= width <= _LARGEST and _SMALLEST <= height <= _LARGEST):
        raise ValidationException(
            f"width and height must be between {_SMALLEST} and {_LARGEST} pixels."
        )
    start = _moment(definition.get("start", "-PT3H"), now)
    end = _moment(definition.get("end", "PT0H"), now)
    if not Timestamp.FIRST <= start < end <= Timestamp.LAST:
        raise ValidationException("start must be before end, and both in the years 1 to 9999.")
    metrics = definition["metrics"]
    if not 0 < len(metrics) <= MAX_METRICS:
        raise ValidationException(f"metrics must have 1 to {MAX_METRICS} elements.")
    return Graph(
        str(definition.get("title", "")), width, height, start, end, _queries(definition, metrics)
    )


def _moment(text: str, now: float) -> float:
    if text == "PT0H":
        return now
    found = _RELATIVE(text)
    if found is None:
        return read_time(text)
    return now - int(found[1] or found[3]) * _SECONDS[found[2] or found[4]]


def _queries(definition: dict[str, Any], metrics: list[list[Any]]) -> list[dict[str, Any]]:
    queries = []
    above: list[Any] = []
    for number, metric in enumerate(metrics):
        options = metric[-1] if isinstance(metric[-1], dict) else {}
        names = [each for each in metric if not isinstance(each, dict)]
        names = [above[at] if name == "." else name for at, name in enumerate(names)]
        if not all(isinstance(name, str) for name in names):
            raise ValidationException("The names of a metric are texts.")
        query: dict[str, Any] = {"Id": str(options.get("id", f"q{number}"))}
        if options.get("label"):
            query["Label"] = str(options["label"])
        query["ReturnData"] = options.get("visible") is not False
        if options.get("expression"):
            query["Expression"] = str(options["expression"])
        else:
            above = names
            query["MetricStat"] = _stat(names, {**definition, **options})
        queries.append(query)
    return queries


def _stat(names: list[str], options: dict[str, Any]) -> dict[str, Any]:
    namespace, name, *dimensions = names
    pairs = zip(dimensions[::2], dimensions[1::2], strict=True)
    metric = {
        "Namespace": namespace, "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in pairs],
    }  # fmt: skip
    return {
        "Metric": metric, "Period": int(options.get("period", 300)),
        "Stat": str(options.get("stat", "Average")),
    }  # fmt: skip
