"""Audit records of what the console shows of other callers: their requests, and advice.

They have the names of the actions that a caller needs: reading requests is an event of CloudTrail,
whose own calls are recorded too; reports on metrics are data events.
"""

from __future__ import annotations

from typing import Final

from jedlik.console.traffic import ADVICE_ACTIONS, REQUESTS_ACTION, called
from jedlik.gateway.audit.trail import Event
from jedlik.gateway.exchange import Answer, Request
from jedlik.kernel.arns import Arns

_SOURCES: Final = {"cloudwatch": "monitoring"}
"""Names of services in records that differ from those in actions."""


class TrafficEvents:
    """The calls below /console/traffic/."""

    def is_data(self, request: Request) -> bool:
        """Whether the call reads advice."""
        return called(request) == b"advice"

    def describe(self, request: Request, _answer: Answer, _arns: Arns) -> Event | None:
        """The event; None if there is no such call."""
        match called(request):
            case b"requests":
                return _reading(REQUESTS_ACTION)
            case b"advice":
                return _reading(ADVICE_ACTIONS[-1])
        return None


EVENTS: Final = TrafficEvents()


def _reading(action: str) -> Event:
    service, _, name = action.partition(":")
    return Event(_SOURCES.get(service, service), name, True, {})
