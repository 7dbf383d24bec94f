"""UpdateTimeToLive."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import (
    ResourceInUseException,
    ResourceNotFoundException,
    ValidationException,
)
from tests.control_plane import ControlPlane, Payload, on_demand


def update(plane: ControlPlane, enabled: bool, attribute: str = "ttl") -> Payload:
    specification = {"Enabled": enabled, "AttributeName": attribute}
    answer: Payload = plane.call(
        "UpdateTimeToLive", TableName="music", TimeToLiveSpecification=specification
    )
    return answer


def refused(plane: ControlPlane, enabled: bool, attribute: str = "ttl") -> str:
    specification = {"Enabled": enabled, "AttributeName": attribute}
    request: Payload = {"TableName": "music", "TimeToLiveSpecification": specification}
    return plane.invalid("UpdateTimeToLive", **request)


def description(plane: ControlPlane) -> Any:
    return plane.call("DescribeTimeToLive", TableName="music")["TimeToLiveDescription"]


def test_expiry_is_enabled_and_disabled(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    assert description(plane) == {"TimeToLiveStatus": "DISABLED"}
    specification = {"Enabled": True, "AttributeName": "ttl"}
    assert update(plane, True) == {"TimeToLiveSpecification": specification}
    assert plane.woken == 1
    assert description(plane) == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
    update(plane, False)
    assert description(plane) == {"TimeToLiveStatus": "DISABLED"}
    update(plane, True, "other")
    assert description(plane) == {"TimeToLiveStatus": "ENABLED", "AttributeName": "other"}


def test_states_that_take_time(slow_plane: ControlPlane) -> None:
    slow_plane.call("CreateTable", **on_demand())
    slow_plane.clock.advance(10)
    busy = "Time to live has been modified multiple times within a fixed interval"
    update(slow_plane, True)
    assert description(slow_plane) == {"TimeToLiveStatus": "ENABLING", "AttributeName": "ttl"}
    assert refused(slow_plane, False) == busy
    # What makes no sense at any time is refused as that (answers of the service).
    assert refused(slow_plane, True) == "TimeToLive is already enabled"
    assert refused(slow_plane, False, "x").startswith("TimeToLive is active on a different")
    slow_plane.clock.advance(10)
    assert description(slow_plane) == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
    update(slow_plane, False)
    assert description(slow_plane) == {"TimeToLiveStatus": "DISABLING", "AttributeName": "ttl"}
    assert refused(slow_plane, True) == busy
    assert refused(slow_plane, False) == "TimeToLive is already disabled"
    slow_plane.clock.advance(10)
    assert description(slow_plane) == {"TimeToLiveStatus": "DISABLED"}


def test_changing_nothing_is_an_error(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    assert refused(plane, False) == "TimeToLive is already disabled"
    update(plane, True)
    assert refused(plane, True) == "TimeToLive is already enabled"
    for enabled in (True, False):
        assert refused(plane, enabled, "other") == (
            "TimeToLive is active on a different AttributeName: current AttributeName is ttl"
        )
    update(plane, False)
    assert refused(plane, False) == "TimeToLive is already disabled"


@pytest.mark.parametrize("enabled", [True, False])
def test_tables_that_are_not_there(slow_plane: ControlPlane, enabled: bool) -> None:
    specification = {"Enabled": enabled, "AttributeName": "ttl"}
    request: Payload = {"TableName": "music", "TimeToLiveSpecification": specification}
    error = slow_plane.refusal("UpdateTimeToLive", **request)
    assert type(error) is ResourceNotFoundException
    assert error.message == "Requested resource not found: Table: music not found"
    slow_plane.call("CreateTable", **on_demand())
    assert type(slow_plane.refusal("UpdateTimeToLive", **request)) is ResourceInUseException
    error = slow_plane.refusal("DescribeTimeToLive", TableName="music")
    assert type(error) is ValidationException
