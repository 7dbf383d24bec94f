"""ListStreams, in pages and of one table."""

from __future__ import annotations

from jedlik.base.errors import ValidationException
from tests.control_plane import ControlPlane, on_demand
from tests.streams import streamed


def test_streams_by_table_and_page(plane: ControlPlane) -> None:
    arns = [streamed(plane, name=name) for name in ("aaa", "aaab", "b-b")]
    plane.call("CreateTable", **on_demand("none"))
    everything = plane.call("ListStreams")
    assert [each["StreamArn"] for each in everything["Streams"]] == arns
    assert everything["Streams"][0] == {
        "StreamArn": arns[0],
        "TableName": "aaa",
        "StreamLabel": "2023-11-14T22:13:20.250",
    }
    assert "LastEvaluatedStreamArn" not in everything
    only = plane.call("ListStreams", TableName="aaa")["Streams"]
    assert [each["StreamArn"] for each in only] == arns[:1]
    assert plane.call("ListStreams", TableName="none") == {"Streams": []}
    first = plane.call("ListStreams", Limit=2)
    assert first["LastEvaluatedStreamArn"] == arns[1]
    rest = plane.call("ListStreams", ExclusiveStartStreamArn=arns[1])
    assert [each["StreamArn"] for each in rest["Streams"]] == arns[2:]
    assert plane.call("ListStreams", TableName="aaa", ExclusiveStartStreamArn=arns[0]) == {
        "Streams": []
    }


def test_what_is_refused(plane: ControlPlane) -> None:
    assert "less than or equal to 100" in plane.invalid("ListStreams", Limit=101)
    error = plane.refusal("ListStreams", ExclusiveStartStreamArn="x" * 40)
    assert (type(error), error.message) == (ValidationException, "Invalid StreamArn")


def test_labels_differ_even_within_a_millisecond(plane: ControlPlane) -> None:
    arns = set()
    for _ in range(3):
        arns.add(streamed(plane))
        plane.call("DeleteTable", TableName="music")
    assert len(arns) == 3
