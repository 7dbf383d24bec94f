"""The operations on alarms besides PutMetricAlarm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Payload
from jedlik.kernel.keyspaces import ALARM_HISTORY, ALARMS
from jedlik.kernel.rows import read_in_turns
from jedlik.services.cloudwatch.alarms.changes import (
    ChangeAlarms,
    configured,
    history_prefix,
    transition,
)
from jedlik.services.cloudwatch.alarms.model import ACTIONS_OF, Alarm, decode_alarm
from jedlik.services.cloudwatch.alarms.names import alarm_arn
from jedlik.services.cloudwatch.errors import InvalidFormatFault, ResourceNotFound
from jedlik.services.cloudwatch.monitoring import Monitoring
from jedlik.services.cloudwatch.series import dimensions_of
from jedlik.services.cloudwatch.tokens import read_token, write_token
from jedlik.services.cloudwatch.wire.protocol import Members
from jedlik.storage.engine import Value

PAGE: Final = 50
_METRIC_ALARM: Final = "MetricAlarm"


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(seconds, 3), UTC)


def shown(monitoring: Monitoring, alarm: Alarm) -> dict[str, Any]:
    """An alarm in the form of answers."""
    state = alarm.state
    members: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmArn": alarm_arn(monitoring.store.arns, alarm.name),
        "AlarmConfigurationUpdatedTimestamp": _moment(alarm.configured),
        "StateValue": state.value,
        "StateReason": state.reason,
        "StateUpdatedTimestamp": _moment(state.updated),
        "StateTransitionedTimestamp": _moment(state.since),
        "ActionsEnabled": True,
        **{member: [] for member in ACTIONS_OF.values()},
        **({} if alarm.settings.get("Metrics") else {"Dimensions": []}),
        **alarm.settings,
    }
    if state.data:
        members["StateReasonData"] = state.data
    return members


async def describe_alarms(monitoring: Monitoring, payload: Payload) -> Members:
    """Alarms by name, prefix or state, in the order of their names."""
    names, prefix = payload.get("AlarmNames"), payload.get("AlarmNamePrefix")
    if names and prefix:
        raise ValidationException(
            "AlarmNames and AlarmNamePrefix are mutually exclusive and you have specified both."
        )
    for member in ("ChildrenOfAlarmName", "ParentsOfAlarmName"):
        if payload.get(member):
            raise ValidationException(
                f"{member} is of composite alarms, which are not available in this version of "
                "Jedlik"
            )
    types = payload.get("AlarmTypes") or [_METRIC_ALARM]
    found = [
        alarm
        for alarm in await _alarms(monitoring, prefix or "")
        if _METRIC_ALARM in types
        and (not names or alarm.name in names)
        and payload.get("StateValue") in (None, alarm.state.value)
        and _has_action(alarm, payload.get("ActionPrefix"))
    ]
    page, token = _page(found, payload, "DescribeAlarms", lambda alarm: alarm.key)
    answer: Members = {
        "CompositeAlarms": [], "MetricAlarms": [shown(monitoring, alarm) for alarm in page],
    }  # fmt: skip
    return {**answer, **token}


def _page(
    found: list[Any], payload: Payload, operation: str, key: Callable[[Any], bytes]
) -> tuple[list[Any], dict[str, str]]:
    """The next page of results, and the token of the page after it."""
    low = read_token(payload.get("NextToken"), operation)
    begin = 0
    if low is not None:
        begin = next((at for at, each in enumerate(found) if key(each) == low), len(found))
    limit = payload.get("MaxRecords") or PAGE
    following = found[begin + limit : begin + limit + 1]
    token = {"NextToken": write_token(key(following[0]), operation)} if following else {}
    return found[begin : begin + limit], token


async def _alarms(monitoring: Monitoring, prefix: str = "") -> list[Alarm]:
    return await read_in_turns(
        monitoring.engine, ALARMS + prefix.encode(), lambda _, stored: decode_alarm(stored)
    )


def _has_action(alarm: Alarm, prefix: str | None) -> bool:
    return prefix is None or any(
        action.startswith(prefix)
        for member in ACTIONS_OF.values()
        for action in alarm.settings.get(member) or ()
    )


async def describe_alarms_for_metric(monitoring: Monitoring, payload: Payload) -> Members:
    """The alarms of one metric, with the given statistic, period and unit."""
    wanted = {
        member: payload[member]
        for member in (
            "Namespace", "MetricName", "Statistic", "ExtendedStatistic", "Period", "Unit",
        )
        if member in payload
    }  # fmt: skip
    dimensions = dimensions_of(payload.get("Dimensions"))
    found = [
        alarm
        for alarm in await _alarms(monitoring)
        if all(alarm.settings.get(member) == value for member, value in wanted.items())
        and dimensions_of(alarm.settings.get("Dimensions")) == dimensions
    ]
    return {"MetricAlarms": [shown(monitoring, alarm) for alarm in found]}


async def describe_alarm_history(monitoring: Monitoring, payload: Payload) -> Members:
    """Changes of alarms in the last 30 days, newest first unless requested otherwise."""
    if payload.get("AlarmContributorId"):
        raise ValidationException("AlarmContributorId is not available in this version of Jedlik")
    name = payload.get("AlarmName")
    prefix = ALARM_HISTORY if name is None else history_prefix(name)
    start, end = payload.get("StartDate", 0.0), payload.get("EndDate", float("inf"))
    types = payload.get("AlarmTypes") or [_METRIC_ALARM]
    kind = payload.get("HistoryItemType")

    def wanted(key: bytes, value: bytes) -> tuple[bytes, float] | None:
        item = orjson.loads(value)
        is_wanted = (
            start <= item["Timestamp"] <= end
            and kind in (None, item["HistoryItemType"])
            and item["AlarmType"] in types
        )
        return (key, item["Timestamp"]) if is_wanted else None

    # Without the changes themselves, which anyone who may set alarms' states can make long.
    found = await read_in_turns(monitoring.engine, prefix, wanted)
    newest_first = payload.get("ScanBy") != "TimestampAscending"
    found.sort(key=lambda each: (each[1], each[0]), reverse=newest_first)
    page, token = _page(found, payload, "DescribeAlarmHistory", lambda each: bytes(each[0]))
    stored = await monitoring.engine.read([key for key, _ in page])
    items = [orjson.loads(value) for value in stored if value is not None]
    items = [{**item, "Timestamp": _moment(item["Timestamp"])} for item in items]
    return {"AlarmHistoryItems": items, **token}


async def delete_alarms(monitoring: Monitoring, payload: Payload) -> None:
    """Delete alarms: all of them, or none if one is missing."""
    names, now = payload["AlarmNames"], monitoring.now()

    def decide(name: str, alarm: Alarm | None) -> dict[bytes, Value]:
        if alarm is None:
            raise ResourceNotFound(f"Alarms [{name}] do not exist.")
        return configured(alarm, None, now)

    await monitoring.engine.write(ChangeAlarms(names, decide))


async def enable_alarm_actions(monitoring: Monitoring, payload: Payload) -> None:
    """Enable the actions of alarms."""
    await _set_actions(monitoring, payload["AlarmNames"], enabled=True)


async def disable_alarm_actions(monitoring: Monitoring, payload: Payload) -> None:
    """Disable the actions of alarms."""
    await _set_actions(monitoring, payload["AlarmNames"], enabled=False)


async def _set_actions(monitoring: Monitoring, names: list[str], *, enabled: bool) -> None:
    """Names of missing alarms are ignored (API reference, "EnableAlarmActions")."""

    def decide(_name: str, alarm: Alarm | None) -> dict[bytes, Value]:
        if alarm is None:
            return {}
        settings = {**alarm.settings, "ActionsEnabled": enabled}
        return {alarm.key: replace(alarm, settings=settings).encode()}

    await monitoring.engine.write(ChangeAlarms(names, decide))


async def set_alarm_state(monitoring: Monitoring, payload: Payload) -> None:
    """Put an alarm into a state, with its actions, until it is evaluated next."""
    name, data = payload["AlarmName"], payload.get("StateReasonData") or ""
    if data:
        try:
            orjson.loads(data)
        except orjson.JSONDecodeError:
            raise InvalidFormatFault("StateReasonData is not JSON.") from None
    store, now = monitoring.store, monitoring.now()

    def decide(_name: str, alarm: Alarm | None) -> dict[bytes, Value]:
        if alarm is None:
            raise ResourceNotFound("")  # the service shows no more
        found = alarm.with_state(payload["StateValue"], payload["StateReason"], data, now)
        return transition(alarm, found, store.arns, store.ids.uuid, now)

    await monitoring.engine.write(ChangeAlarms([name], decide))
