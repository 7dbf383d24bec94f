"""GetMetricData."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Payload
from jedlik.services.cloudwatch.errors import InvalidNextToken
from jedlik.services.cloudwatch.math.evaluation import Evaluation, Line, Value, lines_of
from jedlik.services.cloudwatch.math.metrics_query import is_metrics_query
from jedlik.services.cloudwatch.monitoring import Monitoring
from jedlik.services.cloudwatch.statistics import is_statistic
from jedlik.services.cloudwatch.tokens import read_token, write_token
from jedlik.services.cloudwatch.wire.protocol import Members

MAX_QUERIES: Final = 500
_KINDS: Final = ("Expression", "MetricStat")
MAX_DATAPOINTS: Final = 100_800
_ID_PATTERN: Final = "[a-z][a-zA-Z0-9_]*"
_ID: Final = re.compile(_ID_PATTERN).fullmatch
_OPERATION: Final = "GetMetricData"


async def get_metric_data(monitoring: Monitoring, payload: Payload) -> Members:
    """Values of metrics and of expressions over them, newest first unless requested otherwise."""
    queries = payload["MetricDataQueries"]
    check_queries(queries)
    if payload.get("LabelOptions"):
        raise ValidationException("LabelOptions is not available in this version of Jedlik")
    start, end = payload["StartTime"], payload["EndTime"]
    if start >= end:
        raise ValidationException(
            "The parameter StartTime must be less than the parameter EndTime."
        )
    limit = payload.get("MaxDatapoints") or MAX_DATAPOINTS
    if not 1 <= limit <= MAX_DATAPOINTS:
        raise ValidationException(
            f"The parameter MaxDatapoints must be between 1 and {MAX_DATAPOINTS}."
        )
    skip = _position(payload.get("NextToken"))
    await monitoring.settle()
    evaluation = Evaluation(
        monitoring.engine, queries, start, end, monitoring.place(), monitoring.slot
    )
    results: list[dict[str, Any]] = []
    for query in queries:
        if query.get("ReturnData") is not False:
            value = await evaluation.value(query["Id"])
            results += _results(query, value, payload.get("ScanBy") == "TimestampAscending")
    answer: Members = {"MetricDataResults": _page(results, skip, limit), "Messages": []}
    if sum(len(each["Values"]) for each in results) > skip + limit:
        answer["NextToken"] = write_token(b"%d" % (skip + limit), _OPERATION)
    return answer


def check_queries(queries: list[dict[str, Any]]) -> None:
    """Raise ValidationException for invalid queries."""
    if not queries:
        raise ValidationException("The collection MetricDataQueries must not be empty.")
    if len(queries) > MAX_QUERIES:
        raise ValidationException(
            f"The collection MetricDataQueries must not have a size greater than {MAX_QUERIES}."
        )
    fault = fault_of(queries)
    if fault:
        raise ValidationException(fault)
    check_built(queries)


def fault_of(queries: list[dict[str, Any]]) -> str:
    """What is wrong with queries, a line for each fault; empty if nothing is."""
    members = [(f"MetricDataQueries.member.{n}", query) for n, query in enumerate(queries, 1)]
    faults = [fault for member, query in members for fault in _faults(member, query)]
    if not faults and len({query["Id"] for query in queries}) < len(queries):
        return "The values for parameter id in MetricDataQueries are not unique."
    return "".join(f"{fault}\n" for fault in faults)


def _faults(member: str, query: dict[str, Any]) -> Iterator[str]:
    if not _ID(query["Id"]):
        yield (
            f"The value {query['Id'][:256]} for parameter {member}.Id is not matching the expected "
            f"pattern ^{_ID_PATTERN}$."
        )
    given = [kind for kind in _KINDS if query.get(kind) is not None]
    if not given:
        yield f"The parameter {member}.MetricStat is required."
    if given == list(_KINDS):
        yield (
            f"The parameters {member}.Expression and {member}.MetricStat are mutually exclusive "
            "and you have specified both."
        )
    stat = (query.get("MetricStat") or {}).get("Stat")
    if stat is not None and not is_statistic(stat):
        yield (
            f"The value {stat[:256]} for parameter {member}.MetricStat.Stat is not a valid "
            "statistic."
        )


def check_built(queries: list[dict[str, Any]]) -> None:
    """Raise ValidationException for queries that this server does not answer."""
    if sum(is_metrics_query(query.get("Expression") or "") is not None for query in queries) > 1:
        raise ValidationException("A request can have only one Metrics Insights query.")
    if any(query.get("AccountId") for query in queries):
        raise ValidationException("AccountId is not available in this version of Jedlik")


def _position(token: str | None) -> int:
    position = read_token(token, _OPERATION) or b"0"
    if not position.isdigit():
        raise InvalidNextToken
    return int(position)


def _results(query: dict[str, Any], value: Value, ascending: bool) -> list[dict[str, Any]]:
    if isinstance(value, float):
        raise ValidationException(
            f"Error in expression '{query['Id']}': the result is a number and no time series"
        )
    return [_result(query["Id"], line, ascending) for line in lines_of(value)]


def _result(query_id: str, line: Line, ascending: bool) -> dict[str, Any]:
    times = sorted(line.values, reverse=not ascending)
    result: dict[str, Any] = {
        "Id": query_id,
        "Label": line.label,
        "Timestamps": [datetime.fromtimestamp(time, UTC) for time in times],
        "Values": [line.values[time] for time in times],
        "StatusCode": "Complete",
    }
    if line.units:
        text = f"Multiple units returned: '[{', '.join(line.units)}]'"
        result["Messages"] = [{"Code": "MultipleUnits", "Value": text}]
    return result


def _page(results: list[dict[str, Any]], skip: int, limit: int) -> list[dict[str, Any]]:
    """The results with `limit` of their values, after the first `skip`; results without values on
    this page are omitted, unless they have none at all."""
    shown = []
    at = 0
    for each in results:
        size = len(each["Values"])
        low, high = max(0, skip - at), min(size, skip + limit - at)
        at += size
        if low < high or (size == 0 and skip == 0):
            status = "Complete" if high == size else "PartialData"
            shown.append({**each, "StatusCode": status,
                          "Timestamps": each["Timestamps"][low:high],
                          "Values": each["Values"][low:high]})  # fmt: skip
    return shown
