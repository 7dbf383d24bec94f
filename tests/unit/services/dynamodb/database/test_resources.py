"""Ids and tags of tables and streams, as current as the catalog."""

from __future__ import annotations

from typing import Any

from jedlik.services.dynamodb.database.resources import Tagged
from tests.control_plane import ControlPlane, on_demand
from tests.streams import streamed

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/music"


def tags(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs]


def found(plane: ControlPlane, name: str = "music", label: str | None = None) -> Any:
    resource = plane.run(plane.database.resources.find(name, label))
    assert plane.database.resources.known(name, label) == resource
    return resource


def test_keys_do_not_differ_by_case(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand(Tags=tags(("Team", "a"), ("team", "b"), ("x", ""))))
    assert found(plane).tags == {"team": ("a", "b"), "x": ("",)}


def test_a_changed_tag_is_a_changed_catalog(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand(Tags=tags(("team", "a"))))
    before = found(plane)
    other = plane.database
    plane.restart()
    plane.call("TagResource", ResourceArn=ARN, Tags=tags(("team", "b")))
    plane.database = other
    assert plane.database.resources.known("music") == before
    plane.run(plane.database.catalog.refresh())
    assert plane.database.resources.known("music") is None
    assert found(plane) == Tagged(before.id, {"team": ("b",)})


def test_tags_that_stay_as_they_are_change_nothing(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand(Tags=tags(("team", "a"))))
    found(plane)
    version = plane.database.catalog.version
    plane.call("TagResource", ResourceArn=ARN, Tags=tags(("team", "a")))
    plane.call("UntagResource", ResourceArn=ARN, TagKeys=["other"])
    plane.run(plane.database.catalog.refresh())
    assert plane.database.catalog.version == version


def test_a_table_made_again_is_another_resource(plane: ControlPlane) -> None:
    assert found(plane) is None
    plane.call("CreateTable", **on_demand(Tags=tags(("team", "a"))))
    before = found(plane)
    plane.call("DeleteTable", TableName="music")
    plane.run(plane.database.catalog.refresh())
    assert found(plane) is None
    plane.call("CreateTable", **on_demand())
    plane.run(plane.database.catalog.refresh())
    again = found(plane)
    assert again.id != before.id
    assert again.tags == {}


def test_streams_are_resources_of_their_own(plane: ControlPlane) -> None:
    arn = streamed(plane, Tags=tags(("team", "a")))
    label = arn.rpartition("/")[2]
    plane.run(plane.database.catalog.refresh())
    table, stream = found(plane), found(plane, "music", label)
    assert table.id != stream.id
    assert stream.tags == {}
    plane.call("TagResource", ResourceArn=arn, Tags=tags(("team", "b")))
    plane.call("DeleteTable", TableName="music")
    plane.run(plane.database.catalog.refresh())
    assert found(plane) is None
    assert found(plane, "music", label) == Tagged(stream.id, {"team": ("b",)})
