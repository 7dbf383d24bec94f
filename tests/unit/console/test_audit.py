"""Who looks at the requests of others is recorded."""

from __future__ import annotations

import pytest

from jedlik.console.audit import EVENTS
from jedlik.gateway.audit.trail import Event
from jedlik.gateway.exchange import Answer, Request
from jedlik.kernel.arns import Arns


@pytest.mark.parametrize(
    ("target", "is_data", "event"),
    [
        (b"requests?after=3", False, Event("cloudtrail", "LookupEvents", True, {})),
        (b"advice", True, Event("monitoring", "GetInsightRuleReport", True, {})),
        (b"other", False, None),
    ],
)
def test_calls_of_the_traffic_page(target: bytes, is_data: bool, event: Event | None) -> None:
    request = Request(b"GET", b"/console/traffic/" + target, {}, b"", b"", b"ID")
    assert EVENTS.is_data(request) is is_data
    assert EVENTS.describe(request, Answer(200, b""), Arns()) == event
