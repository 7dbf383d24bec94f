"""PutMetricAlarm."""

from __future__ import annotations

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
from jedlik.services.cloudwatch.monitoring import Monitoring
from jedlik.services.cloudwatch.operations.get_metric_data import check_queries
from jedlik.services.cloudwatch.operations.put_metric_data import finite
from jedlik.services.cloudwatch.operations.tags import checked_tags
from jedlik.services.cloudwatch.series import check_period
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
    for member in _UNAVAILABLE:
        if member in settings:
            raise ValidationException(f"{member} is not available in this version of Jedlik")
    for member in ("EvaluationPeriods", "ComparisonOperator", "Threshold"):
        if settings.get(member) is None:
            raise ValidationException(f"The parameter {member} is required.")
    finite(settings["Threshold"], "Threshold")
    if settings["ComparisonOperator"] not in COMPARISONS:
        raise ValidationException(
            f"The ComparisonOperator {settings['ComparisonOperator']} is for anomaly detection, "
            "which is not available in this version of Jedlik"
        )
    if settings.get("TreatMissingData", "missing") not in _MISSING_DATA:
        raise ValidationException(
            f"The value {settings['TreatMissingData']} is not supported for TreatMissingData "
            f"parameter. Supported values are [{', '.join(_MISSING_DATA)}]."
        )
    if settings.get("EvaluateLowSampleCountPercentile", "evaluate") != "evaluate":
        raise ValidationException(
            "EvaluateLowSampleCountPercentile can only be evaluate in this version of Jedlik"
        )
    if settings.get("DatapointsToAlarm", 1) > settings["EvaluationPeriods"]:
        raise ValidationException(
            "The parameter DatapointsToAlarm must be less than or equal to EvaluationPeriods."
        )
    for action in (each for member in _ACTIONS for each in settings.get(member) or ()):
        if not action.startswith(("arn:", "http://", "https://")):
            raise ValidationException(f"Invalid action: {action} is no ARN and no URL.")
    period = _check_queries(settings) if settings.get("Metrics") else _check_metric(settings)
    _check_range(period, settings["EvaluationPeriods"])


def _check_metric(settings: dict[str, Any]) -> int:
    for member in ("MetricName", "Namespace", "Period"):
        if settings.get(member) is None:
            raise ValidationException(f"The parameter {member} is required.")
    if (settings.get("Statistic") is None) == (settings.get("ExtendedStatistic") is None):
        raise ValidationException(
            "Exactly one of Statistic and ExtendedStatistic must be specified."
        )
    statistic_of(settings.get("Statistic") or settings["ExtendedStatistic"], "ExtendedStatistic")
    period: int = settings["Period"]
    check_period(period)
    return period


def _check_queries(settings: dict[str, Any]) -> int:
    given = [member for member in _METRIC_MEMBERS if settings.get(member)]
    if given:
        raise ValidationException(f"Metrics cannot be specified together with {given[0]}.")
    queries = settings["Metrics"]
    check_queries(queries)
    if sum(query.get("ReturnData") is not False for query in queries) != 1:
        raise ValidationException("Exactly one element of Metrics must have ReturnData true.")
    stats = [query["MetricStat"] for query in queries if query.get("MetricStat")]
    for stat in stats:
        check_period(stat["Period"])
        statistic_of(stat["Stat"], "Stat")
    if not stats:
        raise ValidationException("Metrics must have a MetricStat at least.")
    return max(int(stat["Period"]) for stat in stats)


def _check_range(period: int, periods: int) -> None:
    longest = DAY if period < HOUR else 7 * DAY
    if period * periods > longest:
        raise ValidationException(
            "Metrics cannot be checked across more than "
            + ("a day" if longest == DAY else "7 days")
            + f" (EvaluationPeriods * Period must be <= {longest})."
        )
