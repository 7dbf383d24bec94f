"""Exports read by a published tool for the service's exports."""

from __future__ import annotations

import decimal
import json
from pathlib import Path
from typing import Any

import pytest

from jedlik.kernel.buckets.buckets import Buckets
from jedlik.services.dynamodb.transfers import export_work
from tests.backed_up import items, recover
from tests.control_plane import ControlPlane, on_demand
from tests.unit.services.dynamodb.transfers.exporting import export, finish

readers = pytest.importorskip("aws_dynamodb_io.api", reason="a published reader of exports")

ITEMS = [
    {
        "pk": {"S": f"p{number}"},
        "n": {"N": f"{number}.5"},
        "large": {"N": "1E+30"},
        "b": {"B": "AP8="},
        "text": {"S": 'é "quoted"\n'},
        "flags": {"L": [{"BOOL": True}, {"NULL": True}, {"M": {"deep": {"N": "-1"}}}]},
        "ss": {"SS": ["a", "b"]},
        "ns": {"NS": ["1", "2.5"]},
    }
    for number in range(10)
]
NATIVE = {
    "pk": "p3",
    "n": decimal.Decimal("3.5"),
    "large": decimal.Decimal("1E+30"),
    "b": b"\x00\xff",
    "text": 'é "quoted"\n',
    "flags": [True, None, {"deep": -1}],
    "ss": ["a", "b"],
    "ns": [1, decimal.Decimal("2.5")],
}


class S3:
    """What the reader asks of S3, of a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def head_object(self, *, Bucket: str, Key: str) -> None:  # noqa: N803 (boto3's names)
        assert Bucket == "mine"
        assert (self._directory / Key).is_file(), Key

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        self.head_object(Bucket=Bucket, Key=Key)
        return {"Body": (self._directory / Key).open("rb")}


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # it leaves what it reads to the collector
@pytest.mark.parametrize("form", ["DYNAMODB_JSON", "ION"])
def test_a_published_reader_reads_them(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(export_work, "ROWS_A_FILE", 3)
    monkeypatch.setattr(export_work, "ROWS_A_PAGE", 3)
    plane.database.buckets = Buckets({"mine": str(tmp_path)})
    plane.call("CreateTable", **on_demand())
    recover(plane)
    plane.put(*ITEMS)
    ended = finish(plane, export(plane, S3Prefix="daily", ExportFormat=form)["ExportArn"])
    s3, folder = S3(tmp_path), ended["ExportManifest"].removesuffix("manifest-summary.json")
    job = readers.ExportJob.from_s3_dir(s3, "mine", folder)
    assert (job.arn, job.item_count, job.export_format) == (ended["ExportArn"], 10, form)
    summary = job.get_manifest_summary(None, s3)
    assert summary.is_full_export()
    assert summary.export_time.timestamp() == ended["ExportTime"]
    assert len(job.get_data_files(None, s3)) == 4
    if form == "ION":
        found = [dict(each) for each in job.read_amazon_ion(None, s3)]
        assert len(found) == 10
        assert NATIVE in found
    else:
        read = sorted(job.read_dynamodb_json(None, s3), key=repr)
        assert [json.dumps(each, sort_keys=True) for each in read] == [
            json.dumps(each, sort_keys=True) for each in items(plane)
        ]
