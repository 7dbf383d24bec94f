"""PutMetricAlarm."""

from __future__ import annotations

import re
from typing import Any, Final

from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Payload
from jedlik.kernel.keyspaces import ALARMS
from jedlik.kernel.metrics.points import DAY, HOUR
from jedlik.services.cloudwatch.alarms.changes import ChangeAlarms, configured
from jedlik.services.cloudwatch.alarms.evaluation import COMPARISONS
from jedlik.services.cloudwatch.alarms.model import (
    INSUFFICIENT_DATA,
    UNCHECKED,
    Alarm,
    State,
    alarm_key,
)
from jedlik.services.cloudwatch.errors import LimitExceededFault
from jedlik.services.cloudwatch.math.metrics_query import is_metrics_query
from jedlik.services.cloudwatch.monitoring import Monitoring
from jedlik.services.cloudwatch.operations.get_metric_data import check_built, fault_of
from jedlik.services.cloudwatch.operations.put_metric_data import finite
from jedlik.services.cloudwatch.operations.tags import checked_tags
from jedlik.services.cloudwatch.series import MINUTE, check_period
from jedlik.services.cloudwatch.statistics import statistic_of
from jedlik.storage.engine import Value
from jedlik.values.keybytes import successor

MAX_ALARMS: Final = 5000
_UNAVAILABLE: Final = (
    "ThresholdMetricId", "EvaluationWindow", "WarmUpConfiguration", "EvaluationCriteria",
    "EvaluationInterval", "ActionConfiguration",
)  # fmt: skip
_METRIC_MEMBERS: Final = (
    "MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic",
)  # fmt: skip
_MISSING_DATA: Final = ("breaching", "notBreaching", "ignore", "missing")
_ACTIONS: Final = ("OKActions", "AlarmActions", "InsufficientDataActions")
_SHORT_PERIODS: Final = (10, 20, 30)
_VENDORS: Final = ("automate", "sns", "autoscaling", "ssm", "ssm-incidents", "lambda")
"""The services that an action may call."""
_MAX_OF_KIND: Final = 10
"""Metrics, and again expressions, of one alarm (API reference, "PutMetricAlarm")."""
_SEARCH: Final = re.compile(r"\bSEARCH\s*\(").search


async def put_metric_alarm(monitoring: Monitoring, payload: Payload) -> None:
    """Create or replace an alarm of a metric or of an expression; its state is evaluated
    immediately."""
    settings = {name: value for name, value in payload.items() if name not in ("AlarmName", "Tags")}
    name = payload["AlarmName"]
    _check(name, settings)
    tags = checked_tags(payload.get("Tags") or [])
    store = monitoring.store
    now, new_id = monitoring.now(), store.ids.uuid()
    await _check_room(monitoring, name)

    def decide(_name: str, old: Alarm | None) -> dict[bytes, Value]:
        if old is None:
            state = State(INSUFFICIENT_DATA, UNCHECKED, "", now, now)
            new = Alarm(name, new_id, settings, now, state, tags)
        else:
            new = old.with_settings(settings, now)
        return configured(old, new, now)

    await monitoring.engine.write(ChangeAlarms([name], decide))


async def _check_room(monitoring: Monitoring, name: str) -> None:
    (known,) = await monitoring.engine.read((alarm_key(name),))
    if known is None:
        page = await monitoring.engine.range(ALARMS, successor(ALARMS), limit=MAX_ALARMS)
        if len(page.rows) >= MAX_ALARMS:
            raise LimitExceededFault(f"There are {MAX_ALARMS} alarms, which is the limit.")


def _check(name: str, settings: dict[str, Any]) -> None:
    """Raise ValidationException for an invalid alarm."""
    if "\x00" in name:
        raise ValidationException("A name must not contain the character U+0000.")
    for kind in ("metrics", "expressions"):
        if _count(settings, kind) > _MAX_OF_KIND:
            raise ValidationException(f"Too many {kind} in alarm, maximum is {_MAX_OF_KIND}")
    for member in _UNAVAILABLE:
        if member in settings:
            raise ValidationException(f"{member} is not available in this version of Jedlik")
    for member in ("EvaluationPeriods", "ComparisonOperator"):
        if settings.get(member) is None:
            raise ValidationException(f"The parameter {member} is required.")
    _check_threshold(settings)
    if settings.get("TreatMissingData", "missing") not in _MISSING_DATA:
        raise ValidationException(
            f"The value {settings['TreatMissingData']} is not supported for TreatMissingData "
            f"parameter. Supported values are [{', '.join(_MISSING_DATA)}]."
        )
    _check_low_samples(settings)
    if settings.get("DatapointsToAlarm", 1) > settings["EvaluationPeriods"]:
        raise ValidationException(
            "DatapointsToAlarm must be less than or equal to EvaluationPeriods"
        )
    for member in _ACTIONS:
        for action in settings.get(member) or ():
            _check_action(action)
    period = _check_queries(settings) if settings.get("Metrics") else _check_metric(settings)
    _check_range(period, settings["EvaluationPeriods"])


def _check_threshold(settings: dict[str, Any]) -> None:
    if settings["ComparisonOperator"] not in COMPARISONS:
        raise ValidationException(
            "ComparisonOperators for ranges require ThresholdMetricId to be set"
        )
    if settings.get("Threshold") is None:
        raise ValidationException("PutMetricAlarm request should have valid Threshold parameter")
    finite(settings["Threshold"], "Threshold")


def _check_low_samples(settings: dict[str, Any]) -> None:
    treatment = settings.get("EvaluateLowSampleCountPercentile")
    if treatment is not None and settings.get("Statistic") is not None:
        raise ValidationException(
            "Option evaluateLowSampleCountPercentile can not be applied with statistic "
            f"{settings['Statistic']}. This option is enabled only for percentile statistics."
        )
    if treatment not in (None, "evaluate"):
        raise ValidationException(
            "EvaluateLowSampleCountPercentile can only be evaluate in this version of Jedlik"
        )


def _check_action(action: str) -> None:
    if not action.startswith(("arn:", "http://", "https://")):
        raise ValidationException(f"Invalid action: {action} is no ARN and no URL.")
    fields = action.split(":")
    if fields[0] == "arn" and fields[2:] and fields[2] not in _VENDORS:
        raise ValidationException(f"Unsupported AWS vendor {fields[2]}")


def _count(settings: dict[str, Any], kind: str) -> int:
    """The number of metrics, or else of expressions, that an alarm has."""
    member = "MetricStat" if kind == "metrics" else "Expression"
    return sum(query.get(member) is not None for query in settings.get("Metrics") or ())


def _check_period(period: int) -> int:
    if period in _SHORT_PERIODS:
        check_period(period)
    if period % MINUTE:
        raise ValidationException("Period must be 10, 20, 30 or a multiple of 60")
    return period


def _check_metric(settings: dict[str, Any]) -> int:
    for member in ("MetricName", "Namespace", "Period"):
        if settings.get(member) is None:
            raise ValidationException(f"{member} must not be null")
    if (settings.get("Statistic") is None) == (settings.get("ExtendedStatistic") is None):
        raise ValidationException(
            "Exactly one of Statistic and ExtendedStatistic must be specified."
        )
    if not settings["Namespace"].isascii():
        raise ValidationException("Namespace must not contain Non-ASCII characters.")
    statistic_of(settings.get("Statistic") or settings["ExtendedStatistic"], "ExtendedStatistic")
    return _check_period(settings["Period"])


def _check_queries(settings: dict[str, Any]) -> int:
    given = [member for member in _METRIC_MEMBERS if settings.get(member)]
    if given:
        raise ValidationException(f"{given[0]} should not be set if list of Metrics is set.")
    queries = settings["Metrics"]
    for query in queries:
        _check_query(query)
    if fault_of(queries):
        raise ValidationException("Invalid metrics list")
    check_built(queries)
    if sum(query.get("ReturnData") is not False for query in queries) != 1:
        raise ValidationException("Exactly one element of the metrics list should return data.")
    stats = [query["MetricStat"] for query in queries if query.get("MetricStat")]
    for stat in stats:
        _check_period(stat["Period"])
        statistic_of(stat["Stat"], "Stat")
    if not stats:
        raise ValidationException("Metrics must have a MetricStat at least.")
    return max(int(stat["Period"]) for stat in stats)


def _check_query(query: dict[str, Any]) -> None:
    expression = query.get("Expression")
    if expression is None:
        return
    if query.get("MetricStat") is not None:
        raise ValidationException(
            "The parameters MetricDataQuery Expression and MetricStat are mutually exclusive and "
            "you have specified both."
        )
    if _SEARCH(expression):
        raise ValidationException("SEARCH is not supported on Metric Alarms.")
    if is_metrics_query(expression):
        raise ValidationException(
            "Alarms on Metrics Insights queries are not available in this version of Jedlik"
        )


def _check_range(period: int, periods: int) -> None:
    if period < HOUR:
        longest, words, whose = DAY, "a day", "."
    else:
        longest, words, whose = 7 * DAY, "a week", f" for alarms using period >= {HOUR}"
    if period * periods > longest:
        raise ValidationException(
            f"Metrics cannot be checked across more than {words} (EvaluationPeriods * Period must "
            f"be <= {longest}){whose}"
        )
