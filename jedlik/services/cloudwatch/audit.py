"""Audit records of calls of CloudWatch (CloudWatch user guide, "Logging Amazon CloudWatch API
operations with AWS CloudTrail"): reading and storing metrics are data events."""

from __future__ import annotations

from typing import Final

from jedlik.base.errors import ServiceError
from jedlik.gateway.audit.trail import Event
from jedlik.gateway.exchange import Answer, Request
from jedlik.gateway.protocols import is_form
from jedlik.gateway.query_protocol import beginning_of
from jedlik.kernel.arns import Arns
from jedlik.services.cloudwatch.api import protocol_of

DATA_EVENTS: Final = frozenset(
    (
        "GetInsightRuleReport", "GetMetricData", "GetMetricStatistics", "GetMetricWidgetImage",
        "ListMetrics", "PutMetricData",
    )
)  # fmt: skip
_READ_ONLY: Final = ("Describe", "Get", "List")


class MonitoringEvents:
    """The calls of CloudWatch."""

    def is_data(self, _request: Request) -> bool:
        """Always False: which operation a form names is known only once it has been decoded."""
        return False

    def describe(self, request: Request, _answer: Answer, _arns: Arns) -> Event:
        """The event; nothing in its parameters is secret, but metrics themselves are not shown."""
        name = _operation(request)
        return Event(
            "monitoring", name, name.startswith(_READ_ONLY), {}, is_data=name in DATA_EVENTS
        )


EVENTS: Final = MonitoringEvents()


def _operation(request: Request) -> str:
    if request.identity is None and is_form(request):
        return beginning_of(request.content).get("Action", "")
    try:
        return protocol_of(request).operation(request)
    except ServiceError:
        return ""
