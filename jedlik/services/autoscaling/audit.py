"""Audit records of calls of auto scaling. All are management events, and nothing in their
parameters is secret (Application Auto Scaling user guide, "Logging API calls using CloudTrail")."""

from __future__ import annotations

from typing import Final

from jedlik.gateway.audit.trail import Event, given_members
from jedlik.gateway.exchange import Answer, Request
from jedlik.kernel.arns import Arns
from jedlik.services.autoscaling.spec import SIGNED_AS

_READ_ONLY: Final = ("Describe", "List")


class ScalingEvents:
    """The calls of auto scaling."""

    def is_data(self, _request: Request) -> bool:
        """Always False."""
        return False

    def describe(self, request: Request, _answer: Answer, _arns: Arns) -> Event:
        """The event, with all parameters."""
        name = request.headers[b"x-amz-target"].decode("latin-1").partition(".")[2]
        return Event(SIGNED_AS, name, name.startswith(_READ_ONLY), given_members(request))


EVENTS: Final = ScalingEvents()
