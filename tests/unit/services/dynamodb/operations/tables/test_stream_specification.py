"""StreamSpecification in CreateTable and UpdateTable."""

from __future__ import annotations

import pytest

from jedlik.base.errors import ResourceInUseException
from tests.control_plane import ControlPlane, on_demand
from tests.streams import names, streamed

ON = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
OFF = {"StreamEnabled": False}


def test_a_table_says_what_stream_it_has(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    assert not {"StreamSpecification", "LatestStreamArn", "LatestStreamLabel"} & {*plane.table()}
    answer = plane.call("UpdateTable", TableName="music", StreamSpecification=ON)
    for table in (answer["TableDescription"], plane.table()):
        assert table["StreamSpecification"] == ON
        assert table["LatestStreamLabel"] == "2023-11-14T22:13:20.250"
        assert table["LatestStreamArn"].endswith("/stream/2023-11-14T22:13:20.250")
    assert answer["TableDescription"]["TableStatus"] == "UPDATING"
    plane.call("UpdateTable", TableName="music", StreamSpecification=OFF)
    assert "StreamSpecification" not in plane.table()
    assert plane.table()["LatestStreamLabel"] == "2023-11-14T22:13:20.250"
    plane.clock.advance(1)
    plane.call("UpdateTable", TableName="music", StreamSpecification=ON)
    assert plane.table()["LatestStreamLabel"] == "2023-11-14T22:13:21.250"


def test_only_what_is_written_while_enabled_is_recorded(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand(StreamSpecification=OFF))
    plane.put({"pk": {"S": "before"}})
    plane.call("UpdateTable", TableName="music", StreamSpecification=ON)
    first = plane.table()["LatestStreamArn"]
    plane.put({"pk": {"S": "during"}})
    plane.call("UpdateTable", TableName="music", StreamSpecification=OFF)
    plane.put({"pk": {"S": "after"}})
    plane.call("UpdateTable", TableName="music", StreamSpecification=ON)
    assert names(plane, first) == ["INSERT"]
    assert names(plane, plane.table()["LatestStreamArn"]) == []


def test_changing_nothing_is_an_error(plane: ControlPlane) -> None:
    streamed(plane)
    assert plane.invalid("UpdateTable", TableName="music", StreamSpecification=ON) == (
        "Table already has an enabled stream: TableName: music"
    )
    plane.call("UpdateTable", TableName="music", StreamSpecification=OFF)
    assert plane.invalid("UpdateTable", TableName="music", StreamSpecification=OFF) == (
        "Table has no stream to disable: TableName: music"
    )


@pytest.mark.parametrize(
    ("specification", "at_creation", "at_update"),
    [
        (
            {"StreamEnabled": True},
            "Table is being created with a stream enabled, UpdateViewType is required",
            "If stream is being enabled then UpdateViewType is required",
        ),
        (
            {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"},
            "Table is being created with a stream disabled, UpdateViewType should not be specified",
            "If stream is being disabled, then UpdateViewType must not be specified",
        ),
    ],
)
def test_a_view_type_goes_with_an_enabled_stream(
    plane: ControlPlane, specification: dict[str, object], at_creation: str, at_update: str
) -> None:
    request = on_demand("other", StreamSpecification=specification)
    assert plane.invalid("CreateTable", **request) == at_creation
    streamed(plane)
    request = {"TableName": "music", "StreamSpecification": specification}
    assert plane.invalid("UpdateTable", **request) == at_update


def test_a_stream_that_is_being_changed_waits(slow_plane: ControlPlane) -> None:
    streamed(slow_plane)
    slow_plane.clock.advance(10)
    slow_plane.call("UpdateTable", TableName="music", StreamSpecification=OFF)
    error = slow_plane.refusal("UpdateTable", TableName="music", StreamSpecification=ON)
    assert type(error) is ResourceInUseException
    slow_plane.clock.advance(10)
    slow_plane.call("UpdateTable", TableName="music", StreamSpecification=ON)
