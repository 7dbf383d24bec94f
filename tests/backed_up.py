"""Backups and restores on the control plane of tests, driven step by step."""

from __future__ import annotations

from itertools import count
from typing import Any

from jedlik.kernel.keyspaces import DUE_WORK
from jedlik.services.dynamodb.background.backup_work import BackupWork
from jedlik.services.dynamodb.background.maintenance import Maintenance
from jedlik.services.dynamodb.loops.due_jobs import DueJobs
from jedlik.services.dynamodb.loops.loop import LeasedLoop
from jedlik.services.dynamodb.transfers.export_work import ExportWork
from jedlik.services.dynamodb.transfers.import_work import ImportWork
from tests.control_plane import ControlPlane, Payload


def work(plane: ControlPlane) -> None:
    """Do all background work of backups that is due."""
    _run(plane, BackupWork(plane.database))


def maintain(plane: ControlPlane) -> None:
    """Do the deletions and purges that are due."""
    _run(plane, Maintenance(plane.database))


def work_on_transfers(plane: ControlPlane, rounds: int | None = None) -> None:
    """Do the work of exports and imports, every step by another process: until none is left, or a
    number of rounds."""

    async def run() -> None:
        for _ in count() if rounds is None else range(rounds):
            kinds = (ExportWork(plane.database), ImportWork(plane.database))
            jobs = DueJobs(plane.database, kinds=kinds)
            await jobs.run_once()
            for task in list(jobs._running.values()):
                await task
            await jobs.stop()
            if rounds is None and plane.store_is_empty_under(DUE_WORK):
                return

    plane.run(run())


def _run(plane: ControlPlane, loop: LeasedLoop) -> None:
    plane.run(loop.run_once())
    plane.run(loop.stop())


def recover(plane: ControlPlane, table: str = "music", **specification: Any) -> Payload:
    """Enable point-in-time recovery, or set it as in `specification`."""
    answer = plane.call(
        "UpdateContinuousBackups",
        TableName=table,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True, **specification},
    )
    return answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]  # type: ignore[no-any-return]


def back_up(plane: ControlPlane, table: str = "music", name: str = "nightly") -> str:
    """Start a backup; returns its ARN."""
    answer = plane.call("CreateBackup", TableName=table, BackupName=name)
    return answer["BackupDetails"]["BackupArn"]  # type: ignore[no-any-return]


def items(plane: ControlPlane, table: str = "music", **request: Any) -> list[Payload]:
    """All items of a table or index, in an order that does not depend on its hash."""
    found: list[Payload] = []
    while True:
        page = plane.call("Scan", TableName=table, **request)
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            return sorted(found, key=repr)
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
