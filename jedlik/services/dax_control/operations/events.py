"""DescribeEvents."""

from __future__ import annotations

from typing import Any, Final

from jedlik.gateway.operation import Payload
from jedlik.services.dax_control.errors import (
    InvalidParameterCombinationException,
    InvalidParameterValueException,
)
from jedlik.services.dax_control.model import EVENT_SECONDS, Event
from jedlik.services.dax_control.operations.control import Control, page_of, with_token

_DAY: Final = 86400.0


async def describe_events(control: Control, payload: Payload) -> dict[str, Any]:
    """Events of the last day, or of the requested time; the newest first."""
    source, kind = payload.get("SourceName"), payload.get("SourceType")
    if source is not None and kind is None:
        raise InvalidParameterCombinationException("SourceName needs SourceType.")
    low, high = _span(control.now(), payload)
    state = await control.state()
    found = {
        f"{at:06d}": event
        for at, event in enumerate(reversed(state.events))
        if low <= event.at <= high and source in (None, event.source) and kind in (None, event.kind)
    }
    page, token = page_of(payload, found)
    return with_token({"Events": [_described(found[at]) for at in page]}, token)


def _span(now: float, payload: Payload) -> tuple[float, float]:
    duration = payload.get("Duration")
    if duration is not None and duration < 1:
        raise InvalidParameterValueException("Duration is a number of minutes.")
    end = payload.get("EndTime", now)
    seconds = _DAY if duration is None else duration * 60.0
    low = payload.get("StartTime", end - seconds)
    if low > end:
        raise InvalidParameterCombinationException("StartTime is after EndTime.")
    return max(low, now - EVENT_SECONDS), end


def _described(event: Event) -> dict[str, Any]:
    return {
        "SourceName": event.source,
        "SourceType": event.kind,
        "Message": event.message,
        "Date": round(event.at, 3),
    }
