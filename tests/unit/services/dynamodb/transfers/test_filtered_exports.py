"""Exports with a FilterSpecification."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.backed_up import recover
from tests.control_plane import ControlPlane, Payload, on_demand
from tests.unit.services.dynamodb.transfers.exporting import ARN, data, export, finish


@pytest.fixture
def albums(plane: ControlPlane, bucket: Path) -> Path:
    plane.call("CreateTable", **on_demand("music", "pk", "/sk"))
    recover(plane)
    plane.put(
        *(
            {"pk": {"S": artist}, "sk": {"S": f"album {number}"}, "year": {"N": f"{1990 + number}"},
             "label": {"S": "x"}}
            for artist in ("Liszt", "Bartók")
            for number in range(5)
        )
    )  # fmt: skip
    return bucket


def exported(plane: ControlPlane, place: Path, specification: Payload, **more: Any) -> list[Any]:
    begun = export(plane, FilterSpecification=specification, **more)
    assert begun["FilterSpecification"] == specification
    ended = finish(plane, begun["ExportArn"])
    assert ended["ExportStatus"] == "COMPLETED", ended
    return [json.loads(line) for line in data(place, ended["ExportManifest"])]


def test_keys_filter_and_projection(plane: ControlPlane, albums: Path) -> None:
    found = exported(
        plane,
        albums,
        {
            "KeyConditionExpression": "pk = :a AND begins_with(sk, :s)",
            "FilterExpression": "#y >= :y",
            "ProjectionExpression": "sk, #y",
            "ExpressionAttributeNames": {"#y": "year"},
            "ExpressionAttributeValues": {
                ":a": {"S": "Liszt"}, ":s": {"S": "album"}, ":y": {"N": "1993"},
            },
        },
    )  # fmt: skip
    assert sorted(each["Item"]["year"]["N"] for each in found) == ["1993", "1994"]
    assert {frozenset(each["Item"]) for each in found} == {frozenset(("sk", "year"))}


def test_without_a_key_condition_a_filter_reads_keys(plane: ControlPlane, albums: Path) -> None:
    specification = {
        "FilterExpression": "sk = :s",
        "ExpressionAttributeValues": {":s": {"S": "album 1"}},
    }
    found = exported(plane, albums, specification)
    assert sorted(each["Item"]["pk"]["S"] for each in found) == ["Bartók", "Liszt"]


def test_an_export_of_changes_is_filtered_too(plane: ControlPlane, albums: Path) -> None:
    since = plane.clock.now() + 1
    plane.clock.advance(1000)
    for artist, label in (("Liszt", "y"), ("Bartók", "z")):
        plane.put({"pk": {"S": artist}, "sk": {"S": "album 1"}, "label": {"S": label}})
    plane.clock.advance(1000)
    (record,) = exported(
        plane,
        albums,
        {
            "FilterExpression": "label = :y",
            "ProjectionExpression": "label",
            "ExpressionAttributeValues": {":y": {"S": "y"}},
        },
        ExportType="INCREMENTAL_EXPORT",
        IncrementalExportSpecification={"ExportFromTime": since},
    )
    assert record["Keys"] == {"pk": {"S": "Liszt"}, "sk": {"S": "album 1"}}
    assert record["NewImage"] == {"label": {"S": "y"}}
    assert record["OldImage"] == {"label": {"S": "x"}}


@pytest.mark.parametrize(
    ("specification", "text"),
    [
        ({"KeyConditionExpression": "sk = :a"}, "missed key schema element: pk"),
        (
            {"KeyConditionExpression": "pk = :a", "FilterExpression": "sk = :a"},
            "can only contain non-primary key attributes",
        ),
        ({"FilterExpression": "a ="}, "Invalid FilterExpression"),
        ({"FilterExpression": "a = :b"}, ":b"),
        ({"FilterExpression": "attribute_exists(a)"}, "unused"),
    ],
)
def test_what_cannot_be_meant(
    plane: ControlPlane, albums: Path, specification: Payload, text: str
) -> None:
    given = {**specification, "ExpressionAttributeValues": {":a": {"S": "x"}}}
    refused = plane.refusal(
        "ExportTableToPointInTime", TableArn=ARN, S3Bucket="mine", FilterSpecification=given
    )
    assert refused.code() == "ValidationException"
    assert text in refused.message
