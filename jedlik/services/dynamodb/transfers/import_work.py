"""The job that imports: some hundred lines a step, put into the new table with the progress.

Items are put in their order, and the last one with a key wins; the table is not visible yet. The
index entries are made and counted at the end, by the job that also does it for restored tables (see
`background.copying`). With its last commit the table is ACTIVE and the import has ended.

A refused item is counted and logged, and the import continues. A line that cannot be read at all
ends its object. After a crash the job reads the object again up to its position.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import orjson

from jedlik.base.aside import aside
from jedlik.base.errors import ServiceError
from jedlik.kernel.backup_keys import backup_job_key, import_key
from jedlik.kernel.buckets.bucket import BucketFailure, NoSuchBucket
from jedlik.kernel.due_work import Job, Settle
from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.backups.model import BUILD, CopyJob
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.inputs import checker_for
from jedlik.services.dynamodb.transfers.data_files import DYNAMODB_JSON
from jedlik.services.dynamodb.transfers.input_items import (
    CSV,
    csv_records,
    json_values,
    reader_of,
)
from jedlik.services.dynamodb.transfers.input_objects import InputObjects, objects_of
from jedlik.services.dynamodb.transfers.model import FAILED, IN_PROGRESS, Import, decode_import
from jedlik.storage.engine import Value
from jedlik.values.attribute import Item
from jedlik.values.canonical import canonical_item
from jedlik.values.image import Image

IMPORT: Final = "import"
LINES_A_STEP: Final = 2048
BYTES_A_STEP: Final = 1024 * 1024
"""Items per commit, which share one flush to disk."""
LOGGED_ERRORS: Final = 100
"""Errors of an import that are logged, so that a wrong file does not fill the disk."""

_RESHAPES: Final = {DYNAMODB_JSON: json_values, CSV: csv_records}

_log = logging.getLogger(__name__)


def import_job(import_id: str, table_name: str, now: float) -> Job:
    """The job of a new import."""
    payload = {"table": table_name, "object": 0, "line": 0}
    return Job(IMPORT, import_id, now, orjson.dumps(payload))


class _Step:
    """The input of one step."""

    def __init__(self, found: Import, table: OpenTable, key: str) -> None:
        self._found = found
        self._imported = self._errors = 0
        self.puts: dict[bytes, Value] = {}
        self._table = table
        self._key = key
        self._check = checker_for("PutItem")

    async def add(self, item: Item, long: bool) -> bool:
        """See `input_objects.Add`; counts the reason why an item is not added."""
        try:
            key, stored = await aside(self._row, item) if long else self._row(item)
        except ServiceError as error:
            self.refuse(error.message)
            return True
        self.puts[key] = stored
        self._imported += 1
        return True

    def _row(self, item: Item) -> tuple[bytes, bytes]:
        """The row of an item. Raises ValidationException."""
        read = self._check({"TableName": self._table.name, "Item": item})["Item"]
        size = canonical_item(read)
        image = Image.of(read, size)
        key = self._table.key_of_item(read)
        self._table.check_indexable(read, size)
        return key, image.stored

    def refuse(self, text: str) -> None:
        """Count an item that is not imported."""
        found = self._found
        if found.errors + self._errors < LOGGED_ERRORS:
            place = (found.id, self._key, found.processed + self._imported + self._errors)
            _log.warning("import %s, object %s, item %d: %s", *place, text)
        self._errors += 1

    def counted(self, size: int) -> Import:
        """The import after this step; `size` is the bytes, decompressed, of the object that it
        finished."""
        found = self._found
        return replace(
            found,
            processed=found.processed + self._imported + self._errors,
            imported=found.imported + self._imported,
            errors=found.errors + self._errors,
            size=found.size + size,
        )


class ImportWork:
    """See `JobKind`."""

    name = IMPORT

    def __init__(self, database: Database) -> None:
        self._database = database
        self._readings: dict[str, InputObjects[Item]] = {}

    async def step(self, job: Job, lease: Lease) -> Sequence[Job] | None:
        """See `JobKind.step`."""
        key = import_key(job.name, job.members["table"])
        (stored,) = await self._database.store.read((key,))
        if stored is None:
            return ()
        found = decode_import(stored)
        if found.status != IN_PROGRESS:
            return ()
        self._database.check_reserve()
        try:
            return await self._next(found, job, lease)
        except BucketFailure as failure:
            self._readings.pop(job.name, None)
            reason = {"FailureCode": failure.code, "FailureMessage": str(failure)}
            failed = replace(found, failure=reason)
            if isinstance(failure, NoSuchBucket) or not found.processed:
                await self._give_up(failed, job, lease)
            else:
                await self._build(failed, job, lease)
            return None

    async def _next(self, found: Import, job: Job, lease: Lease) -> Sequence[Job] | None:
        model = await self._database.catalog.current(found.table_name)
        assert model is not None, "no one deletes a table that is being imported"
        table = OpenTable(model)
        reading = await self._reading(found, table, job)
        number = job.members["object"]
        if number >= len(reading.objects):
            self._readings.pop(job.name, None)
            await self._build(found, job, lease)
            return None
        await reading.open(number, job.members["line"])
        step = _Step(found, table, reading.objects[number].key)
        size = 0
        if await reading.take(step.add, step.refuse, LINES_A_STEP, BYTES_A_STEP):
            moved = {"object": number + 1, "line": 0}
            size = reading.size
        else:
            moved = {"object": number, "line": reading.line}
        puts = {**step.puts, import_key(found.id, found.table_name): step.counted(size).encode()}
        await self._database.engine.write(Settle(lease, job, (job.again(None, **moved),), puts))
        return None

    async def _reading(self, found: Import, table: OpenTable, job: Job) -> InputObjects[Item]:
        """The objects of an import, listed once by each process that works on it."""
        reading = self._readings.get(job.name)
        if reading is None:
            request = found.request
            source = request["S3BucketSource"]
            bucket = self._database.buckets.bucket(source["S3Bucket"])
            reader = partial(
                reader_of,
                request["InputFormat"],
                request.get("InputFormatOptions"),
                table.model.attribute_kinds,
            )
            reading = self._readings[job.name] = InputObjects(
                bucket,
                await objects_of(bucket, source),
                request.get("InputCompressionType") or "NONE",
                reader,
                stateful=request["InputFormat"] == CSV,
                reshape=_RESHAPES.get(request["InputFormat"]),
            )
        return reading

    async def _build(self, found: Import, job: Job, lease: Lease) -> None:
        """All items are stored: have the index entries made, and the import ended after that."""
        database = self._database
        key = import_key(found.id, found.table_name)
        copy = CopyJob(
            id=database.ids.uuid(),
            source=found.table_id,
            target=found.table_id,
            target_table=found.table_name,
            imported=key.hex(),
            phase=BUILD,
        )
        puts: dict[bytes, Value] = {
            key: found.encode(),
            backup_job_key(copy.id): copy.encode(),
        }
        await database.engine.write(Settle(lease, job, (), puts))
        database.wake_workers()

    async def _give_up(self, found: Import, job: Job, lease: Lease) -> None:
        """Nothing could be imported: the table is not created."""
        database = self._database

        def decide(draft: CatalogDraft) -> None:
            lease.check(draft.also_read[0])
            table = draft.table(found.table_name)
            if table is not None and table.id == found.table_id:
                draft.remove(table)
            ended = replace(found, status=FAILED, end=round(database.clock.now(), 3))
            draft.values[import_key(found.id, found.table_name)] = ended.encode()
            draft.values[job.key] = None

        await database.catalog.change((found.table_name,), decide, also_read=(lease.key, job.key))
        database.wake_workers()
