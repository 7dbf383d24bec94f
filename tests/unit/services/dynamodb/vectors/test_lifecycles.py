"""Vectors go wherever their table goes: streams, KMS keys, backups, recovery, exports, imports."""

from __future__ import annotations

import json
import math
import shutil
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.kernel.buckets.buckets import Buckets
from jedlik.services.dynamodb.verifying.verification import Verification
from tests.backed_up import back_up, maintain, recover, work, work_on_transfers
from tests.control_plane import Payload, attributes, on_demand
from tests.keeper import Keeper
from tests.properties import examples

DISTANCES = ("COSINE", "EUCLIDEAN", "DOT_PRODUCT")
Model = dict[str, tuple[tuple[float, ...], str]]
"""Vectors and colours by key."""

numbers = st.tuples(*[st.sampled_from([0.0, 1.0, -1.0, 0.5, 0.1, 3e10])] * 2)
colours = st.sampled_from(["red", "blue"])
keys = st.sampled_from("abcdef")
changes = st.lists(
    st.tuples(keys, numbers, colours) | st.tuples(keys, st.none(), colours), max_size=8
)


def creation(name: str) -> Payload:
    indexes = [
        {
            "IndexName": distance,
            "VectorAttribute": {"AttributeName": "v"},
            "Dimensions": 2,
            "DistanceFunction": distance,
            "SearchSchema": [{"AttributeName": "c", "SearchSchemaElementType": "INLINE_FILTER"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        for distance in DISTANCES
    ]
    return {
        **on_demand(name),
        "AttributeDefinitions": attributes("pk", "c"),
        "VectorIndexes": indexes,
    }


def apply(plane: Keeper, model: Model, history: list[Any]) -> None:
    for key, vector, colour in history:
        if vector is None:
            plane.call("DeleteItem", TableName="music", Key={"pk": {"S": key}})
            model.pop(key, None)
            continue
        wire = {"L": [{"N": str(number)} for number in vector]}
        plane.put({"pk": {"S": key}, "v": wire, "c": {"S": colour}})
        model[key] = (struct.unpack("2f", struct.pack("2f", *vector)), colour)


def score(distance: str, one: tuple[float, ...], other: tuple[float, ...]) -> float:
    product = sum(a * b for a, b in zip(one, other, strict=True))
    if distance == "DOT_PRODUCT":
        return product
    if distance == "EUCLIDEAN":
        return math.dist(one, other)
    lengths = math.hypot(*one) * math.hypot(*other)
    return 1 - product / lengths if lengths else 1.0


def check(plane: Keeper, name: str, model: Model) -> None:
    """Searches in a table find what a look at everything finds."""
    wanted = (1.0, 0.5)
    for distance in DISTANCES:
        for colour in (None, "red"):
            condition: Payload = {}
            if colour is not None:
                condition = {
                    "SearchConditionExpression": "c = :c",
                    "ExpressionAttributeValues": {":c": {"S": colour}},
                }
            found = plane.call(
                "SearchVectors", TableName=name, IndexName=distance, TopK=4,
                SearchVector=[{"N": str(number)} for number in wanted], **condition,
            )["SearchResults"]  # fmt: skip
            scores = {
                key: score(distance, wanted, vector)
                for key, (vector, has) in model.items()
                if colour in (None, has)
            }
            best = sorted(scores.values(), reverse=distance == "DOT_PRODUCT")[:4]
            assert [each["Score"] for each in found] == pytest.approx(best, rel=1e-6, abs=1e-7)
            for each in found:
                key = each["Item"]["pk"]["S"]
                assert each["Score"] == pytest.approx(scores[key], rel=1e-6, abs=1e-7)


def sound(plane: Keeper) -> None:
    findings: list[Any] = []
    plane.run(Verification(plane.database.store, findings.append).run())
    assert findings == []


def finish(plane: Keeper) -> None:
    """Do all background work."""
    work(plane)
    work_on_transfers(plane, rounds=5)
    work(plane)
    maintain(plane)


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bucket")


@examples(16)
@given(changes, changes, changes, st.booleans())
def test_vectors_go_wherever_their_table_goes(
    bucket: Path, before: list[Any], between: list[Any], after: list[Any], sealed: bool
) -> None:
    shutil.rmtree(bucket)
    bucket.mkdir()
    plane = Keeper()
    try:
        plane.database.buckets = Buckets({"mine": str(bucket)})
        _walk(plane, bucket, before, between, after, sealed=sealed)
    finally:
        plane.close()


def _walk(
    plane: Keeper,
    bucket: Path,
    before: list[Any],
    between: list[Any],
    after: list[Any],
    *,
    sealed: bool,
) -> None:
    more: Payload = {
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    }
    if sealed:
        more["SSESpecification"] = {
            "Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": plane.new_key(),
        }  # fmt: skip
    plane.call("CreateTable", **creation("music"), **more)
    model: Model = {}
    apply(plane, model, before)
    recover(plane)
    plane.clock.advance(1)
    check(plane, "music", model)
    moment, then = plane.clock.now(), dict(model)
    arn = back_up(plane)
    apply(plane, model, between)
    plane.clock.advance(2)
    plane.call("RestoreTableFromBackup", TargetTableName="from-backup", BackupArn=arn)
    plane.call(
        "RestoreTableToPointInTime",
        SourceTableName="music",
        TargetTableName="from-log",
        RestoreDateTime=moment,
    )
    export = plane.call(
        "ExportTableToPointInTime",
        TableArn=plane.table()["TableArn"],
        S3Bucket="mine",
    )["ExportDescription"]["ExportArn"]
    exported = dict(model)
    apply(plane, model, after)
    finish(plane)
    for name in ("from-backup", "from-log"):
        check(plane, name, then)
    done = plane.call("DescribeExport", ExportArn=export)["ExportDescription"]
    assert done["ExportStatus"] == "COMPLETED"
    _import(plane, bucket, done["ExportManifest"])
    images = [record["dynamodb"].get("NewImage") for record in plane.records()]
    assert sum(image is None or len(image["v"]["L"]) == 2 for image in images) == len(images)
    assert len(images) >= len(model)
    plane.restart()
    check(plane, "imported", exported)
    check(plane, "music", model)
    sound(plane)


def _import(plane: Keeper, bucket: Path, manifest: str) -> None:
    files = json.loads((bucket / manifest).read_bytes())["manifestFilesS3Key"]
    prefix = f"{Path(files).parent}/data/"
    arn = plane.call(
        "ImportTable",
        S3BucketSource={"S3Bucket": "mine", "S3KeyPrefix": prefix},
        InputFormat="DYNAMODB_JSON",
        InputCompressionType="GZIP",
        TableCreationParameters=creation("imported"),
    )["ImportTableDescription"]["ImportArn"]
    finish(plane)
    done = plane.call("DescribeImport", ImportArn=arn)["ImportTableDescription"]
    assert (done["ImportStatus"], done["ErrorCount"]) == ("COMPLETED", 0)
