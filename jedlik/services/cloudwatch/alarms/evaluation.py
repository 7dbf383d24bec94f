"""In which state an alarm is.

CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data": an alarm evaluates
the newest EvaluationPeriods periods that have points, out of some more than that; if there are
fewer points, TreatMissingData replaces the missing ones. M of N breaching points
(DatapointsToAlarm) make an alarm. Without TreatMissingData an alarm is raised early, if all
existing points breach and the oldest is M periods old.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import orjson

from jedlik.services.cloudwatch.alarms.messages import queries_of, short_time, timestamp
from jedlik.services.cloudwatch.alarms.model import ALARM, INSUFFICIENT_DATA, OK, Alarm
from jedlik.services.cloudwatch.math.evaluation import Evaluation, lines_of
from jedlik.storage.engine import Reads

LOOK_BACK: Final = 2
"""Periods that are read in addition to the evaluated ones."""

COMPARISONS: Final[dict[str, tuple[Callable[[float, float], bool], str]]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}

Points = Sequence[float | None]
"""The values of the last periods, newest first; None if there are none."""


class Finding(NamedTuple):
    """The state of an alarm; `data` is the reason in JSON."""

    value: str
    reason: str
    data: str


def period_of(alarm: Alarm) -> int:
    """The seconds of an alarm's period: for a math alarm the longest of its metrics'."""
    stats = [each["MetricStat"] for each in queries_of(alarm) if each.get("MetricStat")]
    return max((int(each["Period"]) for each in stats), default=60)


def judge(
    points: Points, needed: int, breaching: int, breaches: Callable[[float], bool], missing: str
) -> str | None:
    """The state for these points; None: unchanged. `needed` are N and `breaching` M."""
    real = [(age, breaches(value)) for age, value in enumerate(points, 1) if value is not None]
    newest = real[:needed]
    bad = sum(broken for _, broken in newest)
    absent = needed - len(newest)
    if bad >= breaching:
        return ALARM
    if absent == 0 or missing == "notBreaching":
        return OK
    if missing == "breaching":
        return ALARM if bad + absent >= breaching else OK
    if missing == "ignore":
        return OK if len(newest) - bad > needed - breaching else None
    if not newest:
        return INSUFFICIENT_DATA
    if bad == len(newest):
        return ALARM if newest[-1][0] >= breaching else None
    return OK


async def evaluate(engine: Reads, alarm: Alarm, now: float) -> Finding | None:
    """The state of an alarm at `now`; None: unchanged. Raises ValidationException if its
    expressions have no value."""
    settings = alarm.settings
    period = period_of(alarm)
    needed = settings["EvaluationPeriods"]
    end = int(now) // period * period
    count = needed + LOOK_BACK
    start = end - count * period
    queries = queries_of(alarm)
    evaluation = Evaluation(engine, queries, start, end)
    (asked,) = [each["Id"] for each in queries if each.get("ReturnData") is not False]
    lines = lines_of(await evaluation.value(asked))
    values = lines[0].values if lines else {}
    times = [end - period * age for age in range(1, count + 1)]
    points = [values.get(time) for time in times]
    compare, _ = COMPARISONS[settings["ComparisonOperator"]]
    threshold = settings["Threshold"]
    state = judge(
        points, needed, settings.get("DatapointsToAlarm") or needed,
        lambda value: compare(value, threshold), settings.get("TreatMissingData") or "missing",
    )  # fmt: skip
    if state is None:
        return None
    shown = [(time, value) for time, value in zip(times, points, strict=True) if value is not None]
    return _found(state, settings, shown[:needed], period, now)


def _found(
    state: str, settings: dict[str, Any], shown: list[tuple[int, float]], period: int, now: float
) -> Finding:
    threshold, needed = settings["Threshold"], settings["EvaluationPeriods"]
    data = {
        "version": "1.0",
        "queryDate": timestamp(now),
        "statistic": settings.get("Statistic") or settings.get("ExtendedStatistic"),
        "period": period,
        "recentDatapoints": [value for _, value in reversed(shown)],
        "threshold": threshold,
    }
    if shown:
        data["startDate"] = timestamp(shown[-1][0])
    return Finding(state, _reason(state, settings, shown, needed), orjson.dumps(data).decode())


def _reason(
    state: str, settings: dict[str, Any], shown: list[tuple[int, float]], needed: int
) -> str:
    plural = "s were" if needed > 1 else " was"
    if state == INSUFFICIENT_DATA:
        return f"Insufficient Data: {needed} datapoint{plural} unknown."
    _, words = COMPARISONS[settings["ComparisonOperator"]]
    if not shown:
        treated = settings.get("TreatMissingData")
        as_ = "Breaching" if treated == "breaching" else "NonBreaching"
        return (
            f"Threshold Crossed: no datapoints were received for {needed} "
            f"period{'s' if needed > 1 else ''} and {needed} missing datapoint{plural} treated as "
            f"[{as_}]."
        )
    listed = ", ".join(f"{value} ({short_time(time)})" for time, value in shown)
    count = len(shown)
    negation = "" if state == ALARM else "not "
    verb = "were" if count > 1 else "was"
    return (
        f"Threshold Crossed: {count} datapoint{'s' if count > 1 else ''} [{listed}] {verb} "
        f"{negation}{words} the threshold ({settings['Threshold']})."
    )[:1023]
