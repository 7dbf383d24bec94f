"""DescribeInsightRules and GetInsightRuleReport, for the rules of DynamoDB's Contributor Insights.
These are managed: they cannot be changed here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from jedlik.gateway.operation import Payload
from jedlik.kernel.metrics.heavy_hitters import HeavyHitters, Key, together
from jedlik.services.cloudwatch.errors import (
    InvalidParameterValueException,
    ResourceNotFoundException,
)
from jedlik.services.cloudwatch.monitoring import Monitoring
from jedlik.services.cloudwatch.series import check_period
from jedlik.services.cloudwatch.tokens import read_token, write_token
from jedlik.services.cloudwatch.wire.protocol import Members
from jedlik.services.dynamodb.metering.contributors import read_minutes
from jedlik.services.dynamodb.tables.insights import Rule, all_rules

MAX_RULES: Final = 500
MAX_CONTRIBUTORS: Final = 100
MAX_MINUTES: Final = 1440
_SCHEMA: Final = '{"Name": "CloudWatchLogRule", "Version": 1}'
_METRICS: Final = (
    "UniqueContributors", "MaxContributorValue", "SampleCount", "Sum", "Minimum", "Maximum",
    "Average",
)  # fmt: skip
_OPERATION: Final = "DescribeInsightRules"


async def _rules(monitoring: Monitoring) -> list[Rule]:
    tables = await monitoring.store.catalog.all()
    return sorted((rule for table in tables for rule in all_rules(table)), key=lambda r: r.name)


async def describe_insight_rules(monitoring: Monitoring, payload: Payload) -> Members:
    """All rules, by their names."""
    low = (read_token(payload.get("NextToken"), _OPERATION) or b"").decode()
    limit = payload.get("MaxResults") or MAX_RULES
    found = [rule for rule in await _rules(monitoring) if rule.name >= low]
    answer: Members = {"InsightRules": [_shown(rule) for rule in found[:limit]]}
    if len(found) > limit:
        answer["NextToken"] = write_token(found[limit].name.encode(), _OPERATION)
    return answer


def _shown(rule: Rule) -> dict[str, Any]:
    definition = {
        "Schema": orjson.loads(_SCHEMA),
        "AggregateOn": "Sum",
        "Contribution": {"Keys": list(rule.names), "ValueOf": _value_of(rule), "Filters": []},
    }
    return {
        "Name": rule.name,
        "State": "ENABLED",
        "Schema": _SCHEMA,
        "Definition": orjson.dumps(definition).decode(),
        "ManagedRule": True,
    }


def _value_of(rule: Rule) -> str:
    return "ThrottleCount" if rule.throttled else "ConsumedThroughputUnits"


async def get_insight_rule_report(monitoring: Monitoring, payload: Payload) -> Members:
    """The heaviest contributors to a rule, with their contributions by period."""
    name, period = payload["RuleName"], payload["Period"]
    rule = next((each for each in await _rules(monitoring) if each.name == name), None)
    if rule is None:
        raise ResourceNotFoundException(None, ResourceType="insight-rule", ResourceId=name)
    check_period(period)
    count = payload.get("MaxContributorCount", 10)
    if not 1 <= count <= MAX_CONTRIBUTORS:
        raise InvalidParameterValueException(
            f"The parameter MaxContributorCount must be between 1 and {MAX_CONTRIBUTORS}."
        )
    if payload.get("OrderBy", "Sum") not in ("Sum", "Maximum"):
        raise InvalidParameterValueException("The parameter OrderBy must be Sum or Maximum.")
    wanted = payload.get("Metrics") or []
    for metric in wanted:
        if metric not in _METRICS:
            raise InvalidParameterValueException(f"There is no metric {metric} of rules.")
    start = int(payload["StartTime"]) // 60 * 60
    if not 0 < payload["EndTime"] - start <= MAX_MINUTES * 60:
        raise InvalidParameterValueException("A report is about 24 hours at most.")
    await monitoring.settle()
    minutes = await read_minutes(monitoring.engine, name, start, payload["EndTime"])
    return _report(rule, _periods(minutes, start, period), payload, wanted)


def _periods(
    minutes: Sequence[tuple[int, HeavyHitters]], start: int, period: int
) -> dict[int, HeavyHitters]:
    found: dict[int, HeavyHitters] = {}
    for time, sketch in minutes:
        begin = start + (time - start) // period * period
        found.setdefault(begin, HeavyHitters()).merge(sketch)
    return found


def _report(
    rule: Rule, periods: dict[int, HeavyHitters], payload: Payload, wanted: list[str]
) -> Members:
    whole = together(periods.values())
    heaviest = whole.heaviest(len(whole.counts))
    if payload.get("OrderBy") == "Maximum":
        heaviest.sort(key=lambda each: -_most(each[0], periods))
    count = payload.get("MaxContributorCount", 10)
    return {
        "KeyLabels": list(rule.names),
        "AggregationStatistic": "Sum",
        "AggregateValue": whole.total,
        "ApproximateUniqueCount": len(whole.counts),
        "Contributors": [_contributor(key, weight, periods) for key, weight in heaviest[:count]],
        "MetricDatapoints": [_datapoint(time, each, wanted) for time, each in periods.items()],
    }


def _most(key: Key, periods: dict[int, HeavyHitters]) -> float:
    return max(each.counts.get(key, 0.0) for each in periods.values())


def _contributor(key: Key, weight: float, periods: dict[int, HeavyHitters]) -> dict[str, Any]:
    return {
        "Keys": list(key),
        "ApproximateAggregateValue": weight,
        "Datapoints": [
            {"Timestamp": datetime.fromtimestamp(time, UTC), "ApproximateValue": each.counts[key]}
            for time, each in periods.items()
            if key in each.counts
        ],
    }


def _datapoint(time: int, sketch: HeavyHitters, wanted: list[str]) -> dict[str, Any]:
    values = list(sketch.counts.values())
    most, least = max(values, default=0.0), min(values, default=0.0)
    members = {
        "UniqueContributors": float(len(values)), "MaxContributorValue": most,
        "SampleCount": float(len(values)), "Sum": sketch.total, "Minimum": least, "Maximum": most,
        "Average": sketch.total / max(1, len(values)),
    }  # fmt: skip
    return {
        "Timestamp": datetime.fromtimestamp(time, UTC),
        **{name: members[name] for name in wanted},
    }
