"""Copies of tables wait while only the disk's reserve is left, which requests need."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from jedlik.kernel.buckets.buckets import Buckets
from jedlik.kernel.keyspaces import DUE_WORK
from jedlik.services.dynamodb.loops.due_jobs import DueJobs
from jedlik.services.dynamodb.transfers.export_work import ExportWork
from jedlik.services.dynamodb.transfers.import_work import ImportWork
from jedlik.storage.failures import StorageFull
from tests.backed_up import back_up, items, recover, work
from tests.control_plane import ControlPlane, on_demand

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/music"
ITEM = {"pk": {"S": "p"}}


class Disk:
    """A disk with room, or without."""

    is_full = True

    def check_reserve(self) -> None:
        if self.is_full:
            raise StorageFull("the rest is kept for requests")


@pytest.fixture
def disk(plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> Disk:
    plane.call("CreateTable", **on_demand())
    plane.put(ITEM)
    disk = Disk()
    monkeypatch.setattr(plane.database, "check_reserve", disk.check_reserve)
    return disk


def run_jobs(plane: ControlPlane) -> None:
    """Do the work of exports and imports, as far as there is room."""

    async def run() -> None:
        kinds = (ExportWork(plane.database), ImportWork(plane.database))
        jobs = DueJobs(plane.database, kinds=kinds)
        for _ in range(20):
            with contextlib.suppress(StorageFull):
                await jobs.run_once()
        await jobs.stop()

    plane.run(run())


def status_of(plane: ControlPlane, backup: str) -> str:
    found = plane.call("DescribeBackup", BackupArn=backup)["BackupDescription"]
    return str(found["BackupDetails"]["BackupStatus"])


def test_a_backup_waits_and_requests_do_not(plane: ControlPlane, disk: Disk) -> None:
    backup = back_up(plane)
    work(plane)
    assert status_of(plane, backup) == "CREATING"
    plane.put({"pk": {"S": "another"}})
    disk.is_full = False
    work(plane)
    assert status_of(plane, backup) == "AVAILABLE"


def test_what_makes_room_goes_on(plane: ControlPlane, disk: Disk) -> None:
    disk.is_full = False
    recover(plane)
    plane.call("DeleteTable", TableName="music")  # which leaves a backup of the system for 35 days
    work(plane)
    plane.call("CreateTable", **on_demand())
    (old,) = plane.call("ListBackups", BackupType="ALL")["BackupSummaries"]
    disk.is_full = True
    back_up(plane)
    plane.clock.advance(36 * 86_400)
    work(plane)
    left = plane.call("ListBackups", BackupType="ALL")["BackupSummaries"]
    assert old["BackupArn"] not in [each["BackupArn"] for each in left]


@pytest.mark.parametrize("kind", ["Export", "Import"])
def test_exports_and_imports_wait(
    plane: ControlPlane, disk: Disk, tmp_path: Path, kind: str
) -> None:
    plane.database.buckets = Buckets({"mine": str(tmp_path)})
    request: dict[str, Any]
    if kind == "Export":
        recover(plane)
        request = {"TableArn": ARN, "S3Bucket": "mine"}
        begun = plane.call("ExportTableToPointInTime", **request)["ExportDescription"]
        disk.is_full = False
        work(plane)  # makes the copy that is exported
        disk.is_full = True
    else:
        (tmp_path / "a.json").write_text(json.dumps({"Item": ITEM}))
        request = {"TableCreationParameters": on_demand("new"), "InputFormat": "DYNAMODB_JSON"}
        source = {"S3BucketSource": {"S3Bucket": "mine"}}
        begun = plane.call("ImportTable", **request, **source)["ImportTableDescription"]

    def status() -> str:
        arn = {f"{kind}Arn": begun[f"{kind}Arn"]}
        answer = plane.call(f"Describe{kind}", **arn)
        return str(answer[f"{kind}{'Table' * (kind == 'Import')}Description"][f"{kind}Status"])

    run_jobs(plane)
    assert status() == "IN_PROGRESS"
    assert not plane.store_is_empty_under(DUE_WORK)
    disk.is_full = False
    run_jobs(plane)
    work(plane)
    assert status() == "COMPLETED"
    assert kind == "Export" or items(plane, "new") == [ITEM]
