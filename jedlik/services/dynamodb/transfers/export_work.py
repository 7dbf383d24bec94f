"""The job that writes an export: one data file a step, the manifests in the last.

A step that was interrupted writes its file again, the same bytes under the same name. If a file
cannot be written, the export ends as FAILED with the reason. The copy is deleted in any case.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import orjson

from jedlik.base.turns import give_way
from jedlik.kernel.backup_keys import export_key, exported_files_prefix, hold_key
from jedlik.kernel.buckets.bucket import BucketFailure
from jedlik.kernel.due_work import Job, Settle
from jedlik.kernel.keyspaces import index_prefix
from jedlik.kernel.leases import Lease
from jedlik.kernel.rows import all_rows
from jedlik.services.dynamodb.backups.export_job import EXPORT
from jedlik.services.dynamodb.backups.holds import leave_log, remove_holders
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.tables.model import TABLE_INDEX_ID
from jedlik.services.dynamodb.transfers import manifests
from jedlik.services.dynamodb.transfers.data_files import (
    SUFFIXES,
    Change,
    DataFile,
    change_line,
    data_file,
    item_line,
)
from jedlik.services.dynamodb.transfers.filtering import ExportFilter
from jedlik.services.dynamodb.transfers.gathering import GATHERED, changes_of, gather
from jedlik.services.dynamodb.transfers.model import (
    COMPLETED,
    FAILED,
    IN_PROGRESS,
    INCREMENTAL_EXPORT,
    Export,
    decode_export,
)
from jedlik.storage.engine import Row
from jedlik.values.keybytes import successor
from jedlik.values.stored import size_of

ROWS_A_PAGE: Final = 1000
BYTES_A_PAGE: Final = 1024 * 1024
BYTES_A_FILE: Final = 32 * 1024 * 1024
"""Stored bytes of a data file; making it takes a few times as much memory."""
ROWS_A_FILE: Final = 100_000
MIN_INCREMENTAL_SIZE: Final = 10_000_000
"""The least BilledSizeBytes of an incremental export."""


def _items(stored: Iterable[bytes], wanted: ExportFilter | None) -> Iterator[bytes]:
    """The export of some items."""
    if wanted is None:
        yield from stored
        return
    for each in stored:
        shown = wanted.item(each)
        if shown is not None:
            yield shown


def _changes(changes: Iterable[Change], wanted: ExportFilter | None) -> Iterator[Change]:
    """The same for changes."""
    for each in changes:
        shown = each if wanted is None else wanted.change(each)
        if shown is not None:
            yield shown


class ExportWork:
    """See `JobKind`."""

    name = EXPORT

    def __init__(self, database: Database) -> None:
        self._database = database
        self._making = asyncio.Semaphore(1)
        """Held while a data file is made: several at a time take the memory and the processors that
        requests need, and are hardly done sooner."""

    async def step(self, job: Job, lease: Lease) -> Sequence[Job] | None:
        """See `JobKind.step`."""
        (stored,) = await self._database.store.read((export_key(job.name, job.members["table"]),))
        if stored is None:
            return ()
        export = decode_export(stored)
        if export.status != IN_PROGRESS:
            return ()
        self._database.check_reserve()
        try:
            return await self._next(export, job, lease)
        except BucketFailure as failure:
            reason = {"FailureCode": failure.code, "FailureMessage": str(failure)}
            await self._end(replace(export, status=FAILED, failure=reason), job, lease)
            return None

    async def _next(self, export: Export, job: Job, lease: Lease) -> Sequence[Job] | None:
        bucket = self._database.buckets.bucket(export.request["S3Bucket"])
        phase = job.members["phase"]
        if phase == "begin":
            await bucket.write(f"{manifests.folder(export)}/_started", b"")
            following = "gather" if export.kind == INCREMENTAL_EXPORT else "write"
            return (job.again(phase=following),)
        if phase == "gather":
            puts, cursor = await gather(self._database, export, job.members["cursor"])
            moved: dict[str, Any] = (
                {"cursor": cursor} if cursor is not None else {"phase": "write", "cursor": ""}
            )
            await self._database.engine.write(Settle(lease, job, (job.again(**moved),), puts))
            return None
        if phase == "write":
            await self._write_file(export, job, lease)
            return None
        await self._write_manifests(export, job, lease)
        return None

    async def _write_file(self, export: Export, job: Job, lease: Lease) -> None:
        members = job.members
        async with self._making:
            rows, cursor = await self._rows(export, members["cursor"])
            file, size = await self._file(export, rows)
            del rows
        number = members["files"]
        key = manifests.data_key(export, number, SUFFIXES[export.form])
        await self._database.buckets.bucket(export.request["S3Bucket"]).write(key, file.content)
        entry = {
            "itemCount": file.items,
            "md5Checksum": file.md5,
            "etag": file.etag,
            "dataFileS3Key": key,
        }
        record = exported_files_prefix(export.data_id) + number.to_bytes(4, "big")
        moved: dict[str, Any] = {"cursor": cursor} if cursor else {"phase": "end"}
        following = job.again(
            files=number + 1,
            items=members["items"] + file.items,
            size=members["size"] + size,
            **moved,
        )
        puts = {record: orjson.dumps(entry)}
        await self._database.engine.write(Settle(lease, job, (following,), puts))

    async def _rows(self, export: Export, cursor: str) -> tuple[list[Row], str]:
        """The rows of the next file, and where the following one begins; empty at the end."""
        incremental = export.kind == INCREMENTAL_EXPORT
        prefix = index_prefix(export.data_id, GATHERED if incremental else TABLE_INDEX_ID)
        low = bytes.fromhex(cursor) + b"\x00" if cursor else prefix
        rows: list[Row] = []
        size, more = 0, True
        while more and size < BYTES_A_FILE and len(rows) < ROWS_A_FILE:
            page = await self._database.engine.range(
                low, successor(prefix), limit=ROWS_A_PAGE, max_bytes=BYTES_A_PAGE
            )
            rows += page.rows
            size += sum(len(value) for _, value in page.rows)
            more = page.more
            if page.rows:
                low = page.rows[-1][0] + b"\x00"
            await give_way()
        return rows, rows[-1][0].hex() if more and rows else ""

    async def _file(self, export: Export, rows: list[Row]) -> tuple[DataFile, int]:
        """The data file of some rows, and how many bytes were read for it."""
        specification = export.request.get("FilterSpecification")
        wanted = None if specification is None else ExportFilter(specification)
        if export.kind != INCREMENTAL_EXPORT:
            values = [value for _, value in rows]
            line = item_line(export.form)
            file = await asyncio.to_thread(lambda: data_file(map(line, _items(values, wanted))))
            return file, sum(map(size_of, values))
        changes = await changes_of(self._database, export, rows)
        of_change = change_line(export.form, export.view, export.key_names)
        file = await asyncio.to_thread(lambda: data_file(map(of_change, _changes(changes, wanted))))
        return file, sum(
            size_of(image)
            for change in changes
            for image in (change.old, change.new)
            if image is not None
        )

    async def _write_manifests(self, export: Export, job: Job, lease: Lease) -> None:
        members, size = job.members, job.members["size"]
        if export.kind == INCREMENTAL_EXPORT:
            size = max(size, MIN_INCREMENTAL_SIZE)
        end = round(self._database.clock.now(), 3)
        export = replace(export, items=members["items"], size=size, end=end, status=COMPLETED)
        prefix = exported_files_prefix(export.data_id)
        entries = await all_rows(self._database.store, prefix)
        files = b"".join(entry + b"\n" for _, entry in entries)
        summary = manifests.summary(self._database.arns, export, end)
        bucket = self._database.buckets.bucket(export.request["S3Bucket"])
        for name, content in (("manifest-files", files), ("manifest-summary", summary)):
            place = f"{manifests.folder(export)}/{name}"
            await bucket.write(f"{place}.md5", manifests.checksum(content))
            await bucket.write(f"{place}.json", content)
        await self._end(export, job, lease)

    async def _end(self, export: Export, job: Job, lease: Lease) -> None:
        """Record the end of an export, and release the copied items."""
        database = self._database
        files = await all_rows(database.store, exported_files_prefix(export.data_id))
        keys = (
            lease.key,
            job.key,
            hold_key(export.data_id),
            hold_key(export.table_id),
        )

        def decide(draft: CatalogDraft) -> None:
            held_lease, _, hold, table_hold = draft.also_read
            lease.check(held_lease)
            ended = replace(export, end=export.end or round(database.clock.now(), 3))
            draft.values[export_key(export.id, export.table_name)] = ended.encode()
            draft.values[job.key] = None
            draft.values.update(dict.fromkeys(key for key, _ in files))
            leave_log(draft, export.table_name, export.table_id, (export.id,), table_hold)
            remove_holders(draft, export.data_id, (export.id,), hold, None)

        await database.catalog.change((export.table_name,), decide, also_read=keys)
        database.wake_workers()
