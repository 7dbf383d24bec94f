"""Exports on the control plane of tests."""

from __future__ import annotations

import gzip
import hashlib
import json
from base64 import b64encode
from pathlib import Path
from typing import Any

from jedlik.kernel.keyspaces import BACKUP_JOBS, EXPORTED_FILES, HOLDS
from jedlik.services.dynamodb.loops.due_jobs import DueJobs
from jedlik.services.dynamodb.transfers.export_work import ExportWork
from tests.backed_up import maintain, work
from tests.control_plane import ControlPlane, Payload
from tests.stored_rows import rows

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/music"


def export(plane: ControlPlane, **request: Any) -> Payload:
    answer = plane.call(
        "ExportTableToPointInTime", **{"TableArn": ARN, "S3Bucket": "mine", **request}
    )
    return answer["ExportDescription"]  # type: ignore[no-any-return]


def finish(plane: ControlPlane, arn: str) -> Payload:
    """Do the work of an export; returns what is said of it then."""
    work(plane)

    async def run() -> None:
        jobs = DueJobs(plane.database, kinds=(ExportWork(plane.database),))
        for _ in range(50):
            await jobs.run_once()
            for task in list(jobs._running.values()):
                await task
        await jobs.stop()

    plane.run(run())
    maintain(plane)
    assert not rows(plane, BACKUP_JOBS)
    assert not rows(plane, HOLDS)
    assert not rows(plane, EXPORTED_FILES)
    answer = plane.call("DescribeExport", ExportArn=arn)
    return answer["ExportDescription"]  # type: ignore[no-any-return]


def data(bucket: Path, manifest: str) -> list[bytes]:
    """The lines of all data files of an export, whose checksums are looked at."""
    summary_bytes = (bucket / manifest).read_bytes()
    summary = json.loads(summary_bytes)
    assert (bucket / manifest).with_suffix(".md5").read_bytes() == checksum(summary_bytes)
    files = bucket / summary["manifestFilesS3Key"]
    assert files.with_suffix(".md5").read_bytes() == checksum(files.read_bytes())
    found: list[bytes] = []
    for entry in map(json.loads, files.read_bytes().splitlines()):
        content = (bucket / entry["dataFileS3Key"]).read_bytes()
        assert entry["md5Checksum"].encode() == checksum(content)
        assert entry["etag"] == f"{hashlib.md5(content).hexdigest()}-1"
        lines = gzip.decompress(content).splitlines()
        assert len(lines) == entry["itemCount"]
        found += lines
    assert summary["itemCount"] == len(found)
    return found


def checksum(content: bytes) -> bytes:
    return b64encode(hashlib.md5(content).digest())
