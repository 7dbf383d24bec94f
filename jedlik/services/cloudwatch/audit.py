"""Audit records of calls of CloudWatch (CloudWatch user guide, "Logging Amazon CloudWatch API
operations with AWS CloudTrail"): reading and storing metrics are data events."""

from __future__ import annotations

from typing import Any, Final

from jedlik.base.errors import ServiceError
from jedlik.gateway.audit.trail import Event, Resource
from jedlik.gateway.exchange import Answer, Request
from jedlik.gateway.protocols import is_form
from jedlik.gateway.query_protocol import beginning_of
from jedlik.kernel.arns import Arns
from jedlik.services.cloudwatch.alarms.names import alarm_arn
from jedlik.services.cloudwatch.api import protocol_of
from jedlik.services.cloudwatch.shapes import OPERATIONS

DATA_EVENTS: Final = frozenset(
    (
        "GetInsightRuleReport", "GetMetricData", "GetMetricStatistics", "GetMetricWidgetImage",
        "ListMetrics", "PutMetricData",
    )
)  # fmt: skip
_SHOWN: Final = (
    "AlarmName", "AlarmNamePrefix", "AlarmNames", "MetricName", "Namespace", "ResourceARN",
    "StateValue", "TagKeys",
)  # fmt: skip
_MAX_RESOURCES: Final = 100
"""As many alarms as a request may name."""
_READ_ONLY: Final = ("Describe", "Get", "List")


class MonitoringEvents:
    """The calls of CloudWatch."""

    def is_data(self, _request: Request) -> bool:
        """Always False: which operation a form names is known only once it has been decoded."""
        return False

    def describe(self, request: Request, _answer: Answer, arns: Arns) -> Event:
        """The event; of its parameters those that say what it is about. Metrics are not shown."""
        name = _operation(request)
        shown = _shown(request, name)
        named = [shown.get("AlarmName"), *shown.get("AlarmNames", ())][:_MAX_RESOURCES]
        alarms = [
            Resource("AWS::CloudWatch::Alarm", alarm_arn(arns, each)) for each in named if each
        ]
        return Event(
            "monitoring", name, name.startswith(_READ_ONLY), shown, alarms, name in DATA_EVENTS
        )


EVENTS: Final = MonitoringEvents()


def _shown(request: Request, name: str) -> dict[str, Any]:
    if request.identity is None or name in DATA_EVENTS or name not in OPERATIONS:
        return {}
    try:
        given = protocol_of(request).read(request, OPERATIONS[name])
    except ServiceError:
        return {}
    members = given if isinstance(given, dict) else {}
    return {each: members[each] for each in _SHOWN if _is_text(members.get(each))}


def _is_text(value: object) -> bool:
    """Whether this is a text or a list of texts: nothing is checked yet."""
    texts = value if isinstance(value, list) else [value]
    return all(isinstance(each, str) for each in texts)


def _operation(request: Request) -> str:
    if request.identity is None and is_form(request):
        return beginning_of(request.content).get("Action", "")
    try:
        return protocol_of(request).operation(request)
    except ServiceError:
        return ""
