"""The job of a bulk put: some hundred lines a step, then the report.

A step's items are put in one commit with the new position, the counts, and the lines to report. Two
lines about one item are never in the same step, so that each sees the result of the one before. A
step under a maximum rate moves the job's due time forward by what it consumed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, NamedTuple

import orjson

from jedlik.base.aside import aside
from jedlik.base.errors import ConditionalCheckFailedException, ServiceError
from jedlik.kernel.backup_keys import bulk_operation_key, report_prefix
from jedlik.kernel.buckets.bucket import BucketFailure
from jedlik.kernel.due_work import Job
from jedlik.kernel.leases import Lease, LeaseLost
from jedlik.services.dynamodb.bulk import report
from jedlik.services.dynamodb.bulk.lines import CONDITION, LineReader, LineWrite
from jedlik.services.dynamodb.bulk.model import (
    CANCELLED,
    CANCELLING,
    COMPLETED,
    COMPLETED_WITH_ERRORS,
    FAILED,
    GOING_ON,
    BulkOperation,
    decode_bulk_operation,
)
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.items.batches import Result, write_journaled
from jedlik.services.dynamodb.items.write import Outcome
from jedlik.services.dynamodb.transfers.input_items import record_reader
from jedlik.services.dynamodb.transfers.input_objects import InputObjects, objects_of
from jedlik.services.dynamodb.transfers.ion_input import Record
from jedlik.storage.engine import Changes, Value
from jedlik.values.keybytes import successor

BULK_PUT: Final = "bulk-put"
LINES_A_STEP: Final = 512
CONDITIONAL_LINES_A_STEP: Final = 64
"""Items for which a condition was false are reported, and may have 400 KB each."""
BYTES_A_STEP: Final = 512 * 1024
BYTES_A_FILE: Final = 8 * 1024 * 1024
"""The size of a file of the report."""
BURST_SECONDS: Final = 1.0
"""How far a bulk put with a maximum rate may be ahead: due jobs are searched every second."""
_NUMBER_SIZE: Final = 8


def bulk_put_job(operation_id: str, table_name: str, now: float) -> Job:
    """The job of a new bulk put."""
    payload = {"table": table_name, "phase": "begin", "object": 0, "line": 0, "item": 0}
    payload["paid_until"] = now
    return Job(BULK_PUT, operation_id, now, orjson.dumps(payload))


_Change = Callable[[BulkOperation, Sequence[Result]], tuple[BulkOperation, list[bytes]]]
"""Makes the operation after a step, and the lines to report, of the operation as it is stored and
the results of the step's writes."""


def _setting(**members: Any) -> _Change:
    """Sets members of the operation, and reports nothing."""
    return lambda before, _results: (replace(before, **members), [])


class _StepContext(NamedTuple):
    """What a step works on: the operation and its job as they are stored, under a lease."""

    operation: BulkOperation
    job: Job
    lease: Lease


class _Commit:
    """Part of every step: advances the job and the operation, from their stored state at that time
    (the operation may have been cancelled meanwhile). A write task, or the journal of one."""

    def __init__(
        self,
        context: _StepContext,
        following: Sequence[Job],
        change: _Change,
        deleted: Sequence[bytes] = (),
    ) -> None:
        operation, job, lease = context
        self._lease = lease
        self._job = job
        self._following = following
        self._change = change
        self._deleted = deleted
        self._prefix = report_prefix(operation.table_id, operation.id)
        operation_key = bulk_operation_key(operation.id, operation.table_name)
        self.keys = (lease.key, job.key, operation_key)

    def changes(self, values: Sequence[Value], results: Sequence[Result]) -> Mapping[bytes, Value]:
        """See `Journal`. Raises LeaseLost."""
        lease, payload, stored = values
        self._lease.check(lease)
        if stored is None or payload != self._job.payload:
            raise LeaseLost(self._lease.name)
        before = decode_bulk_operation(stored)
        after, lines = self._change(before, results)
        size = after.unfiled_bytes + sum(map(len, lines))
        after = replace(after, reported=after.reported + len(lines), unfiled_bytes=size)
        changes: dict[bytes, Value] = {self._job.key: None, self.keys[2]: after.encode()}
        changes |= dict.fromkeys(self._deleted)
        changes |= {each.key: each.payload for each in self._following}
        for number, line in enumerate(lines, before.reported):
            changes[self._prefix + number.to_bytes(_NUMBER_SIZE, "big")] = line
        return changes

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        """See WriteTask."""
        return Changes(self.changes(values, ()), None)


class _Step:
    """The input of one step, and its results."""

    def __init__(
        self, database: Database, operation: BulkOperation, table: OpenTable, key: str, first: int
    ) -> None:
        """`first` is how many items of the object were read before."""
        self._arns = database.arns
        self._operation = operation
        self._key = key
        self._table = table
        self._reader = LineReader(table)
        self._first = first
        self._lines = 0
        self._conditional = 0
        self._errors: list[tuple[int, str]] = []
        self._writes: dict[bytes, tuple[int, LineWrite]] = {}

    @property
    def writes(self) -> list[LineWrite]:
        """The writes of the step, all of different items."""
        return [each for _, each in self._writes.values()]

    @property
    def end(self) -> int:
        """How many items of the object have been read by now."""
        return self._first + self._lines

    async def add(self, record: Record, long: bool) -> bool:
        """See `input_objects.Add`: a line that cannot be in this step is left for the next."""
        check = self._reader.checked
        try:
            made = self._reader.write(await aside(check, record) if long else check(record))
        except ServiceError as error:
            self.refuse(error.message)
            return True
        conditional = CONDITION in record
        if made.write.key in self._writes or (
            conditional and self._conditional == CONDITIONAL_LINES_A_STEP
        ):
            return False
        self._conditional += conditional
        self._writes[made.write.key] = (self.end, made)
        self._lines += 1
        return True

    def refuse(self, text: str) -> None:
        """Count a line that cannot be put."""
        self._errors.append((self.end, text))
        self._lines += 1

    def change(
        self, read: int, before: BulkOperation, results: Sequence[Result]
    ) -> tuple[BulkOperation, list[bytes]]:
        """The operation after the step, and lines to report; `read` is the bytes of a completed
        object."""
        types, unmet, failed = before.output_types, 0, len(self._errors)
        lines = []
        errors = list(self._errors)
        table_bytes, index_bytes = before.table_bytes, dict(before.index_bytes)
        for (index, made), result in zip(self._writes.values(), results, strict=True):
            if isinstance(result, Outcome):
                table_bytes += made.image.size
                self._use_indexes(made, index_bytes)
            elif isinstance(result.error, ConditionalCheckFailedException):
                unmet += 1
                if report.UNMET in types:
                    existing = result.error.details.get("Item")
                    place = (self._key, index)
                    item = made.image.item
                    lines.append(
                        report.unmet_line(self._arns, self._operation, *place, item, existing)
                    )
            else:
                failed += 1
                errors.append((index, result.error.message))
        if report.ERROR in types:
            lines += [
                report.error_line(self._arns, self._operation, self._key, index, text)
                for index, text in errors
            ]
        after = replace(
            before,
            processed=before.processed + self._lines,
            failed=before.failed + failed,
            unmet=before.unmet + unmet,
            read=before.read + read,
            table_bytes=table_bytes,
            index_bytes=index_bytes,
        )
        return after, lines

    def _use_indexes(self, made: LineWrite, used: dict[str, int]) -> None:
        item, size = made.image.item, made.image.size
        for index in self._table.secondary:
            entry = index.entry_size(item, size)
            if entry:
                used[index.name] = used.get(index.name, 0) + entry
        for vectors in self._table.vectors:
            if vectors.entry_key(item, made.write.key) is not None:
                entry = round(vectors.written_units(size))
                used[vectors.name] = used.get(vectors.name, 0) + entry


class BulkPutWork:
    """See `JobKind`."""

    name = BULK_PUT

    def __init__(self, database: Database) -> None:
        self._database = database
        self._readings: dict[str, InputObjects[Record]] = {}

    async def step(self, job: Job, lease: Lease) -> Sequence[Job] | None:
        """See `JobKind.step`."""
        key = bulk_operation_key(job.name, job.members["table"])
        (stored,) = await self._database.store.read((key,))
        operation = None if stored is None else decode_bulk_operation(stored)
        if operation is None or operation.status not in GOING_ON:
            return ()
        context = _StepContext(operation, job, lease)
        try:
            await self._next(context)
        except BucketFailure as failure:
            await self._fail(context, failure.code, str(failure))
        return None

    async def _next(self, context: _StepContext) -> None:
        operation, job, _ = context
        phase = job.members["phase"]
        if operation.unfiled_bytes >= BYTES_A_FILE or (
            phase == "end" and operation.filed < operation.reported
        ):
            await self._file(context)
        elif phase == "end":
            await self._end(context)
        elif operation.status == CANCELLING:
            await self._move(context, phase="end")
        elif phase == "begin":
            await self._begin(context)
        else:
            await self._put(context)

    async def _begin(self, context: _StepContext) -> None:
        """Check that the report can be written, and count the input."""
        operation = context.operation
        await self._output(operation).write(f"{report.folder(operation)}/_started", b"")
        reading = await self._reading(operation)
        total = sum(each.size for each in reading.objects)

        await self._commit(context, _setting(total=total), context.job.again(phase="put"))

    async def _put(self, context: _StepContext) -> None:
        operation, job, _ = context
        members = job.members
        number = members["object"]
        reading = await self._reading(operation)
        if number >= len(reading.objects):
            await self._move(context, phase="end")
            return
        table = await self._table(operation)
        if table is None:
            text = f"Requested resource not found: Table: {operation.table_name} not found"
            await self._fail(context, "ResourceNotFoundException", text)
            return
        await reading.open(number, members["line"])
        step = _Step(self._database, operation, table, reading.objects[number].key, members["item"])
        read = 0
        if await reading.take(step.add, step.refuse, LINES_A_STEP, BYTES_A_STEP):
            moved = {"object": number + 1, "line": 0, "item": 0}
            read = reading.objects[number].size
        else:
            moved = {"object": number, "line": reading.line, "item": step.end}
        following = self._paced(context, step, moved)
        commit = _Commit(context, (following,), partial(step.change, read))
        await write_journaled(self._database, [each.write for each in step.writes], commit)

    def _paced(self, context: _StepContext, step: _Step, moved: Mapping[str, int]) -> Job:
        """The job that follows a step; with a rate, due when the units are paid."""
        operation, job, _ = context
        rate = operation.request.get("MaxWriteRequestUnits")
        if rate is None:
            return job.again(**moved)
        units = sum(-(-each.image.size // 1024) for each in step.writes)
        now = self._database.clock.now()
        # It is further ahead than a burst only after the clock was set back.
        paid = min(job.members["paid_until"], now + BURST_SECONDS)
        paid_until = max(paid, now - BURST_SECONDS) + units / rate
        due = max(job.due, paid_until - BURST_SECONDS)
        return job.again(due, **moved, paid_until=paid_until)

    async def _table(self, operation: BulkOperation) -> OpenTable | None:
        """The table without a budget: bulk puts do not consume its capacity."""
        await self._database.catalog.refresh()
        table = await self._database.catalog.find(operation.table_name)
        if table is None or table.id != operation.table_id:
            return None
        free = table.at(table.version)
        free.budget = None
        return free

    async def _reading(self, operation: BulkOperation) -> InputObjects[Record]:
        """The objects, listed once by each process that works on them."""
        reading = self._readings.get(operation.id)
        if reading is None:
            source = operation.request["InputS3Configuration"]
            bucket = self._database.buckets.bucket(source["S3Bucket"])
            reading = self._readings[operation.id] = InputObjects(
                bucket,
                await objects_of(bucket, source),
                source.get("InputCompressionType") or "NONE",
                partial(record_reader, source["InputFormat"]),
            )
        return reading

    def _output(self, operation: BulkOperation) -> Any:
        return self._database.buckets.bucket(operation.request["OutputS3Configuration"]["S3Bucket"])

    async def _file(self, context: _StepContext) -> None:
        """Write the next stored lines into files, the same ones each time."""
        operation = context.operation
        prefix = report_prefix(operation.table_id, operation.id)
        page = await self._database.engine.range(prefix, successor(prefix), max_bytes=BYTES_A_FILE)
        files = report.files_of(operation, page.rows)
        for (_, key), lines in files.items():
            await self._output(operation).write(key, b"".join(lines))
        made = tuple((kind, key, len(lines)) for (kind, key), lines in files.items())
        size = sum(len(value) for _, value in page.rows)

        def change(
            before: BulkOperation, _results: Sequence[Result]
        ) -> tuple[BulkOperation, list[bytes]]:
            after = replace(
                before,
                filed=before.filed + len(page.rows),
                unfiled_bytes=max(0, before.unfiled_bytes - size),
                files=(*before.files, *made),
            )
            return after, []

        deleted = [key for key, _ in page.rows]
        await self._commit(context, change, context.job.again(filed=operation.filed), deleted)

    async def _end(self, context: _StepContext) -> None:
        operation = context.operation
        now = round(self._database.clock.now(), 3)
        status, failure = COMPLETED_WITH_ERRORS if operation.failed else COMPLETED, {}
        if operation.status == CANCELLING:
            status = CANCELLED
            failure = {"FailureCode": "Cancelled", "FailureMessage": "The operation was cancelled"}
        ended = replace(operation, status=status, failure=failure, end=now)
        summary = report.summary(self._database.arns, ended)
        await self._output(operation).write(
            f"{report.folder(operation)}/manifest-summary.json", summary
        )
        await self._over(context, status, failure)

    async def _fail(self, context: _StepContext, code: str, text: str) -> None:
        """Items that were put remain; the report ends with the lines in files."""
        failure = {"FailureCode": code, "FailureMessage": text}
        await self._over(context, FAILED, failure)

    async def _over(self, context: _StepContext, status: str, failure: dict[str, str]) -> None:
        operation = context.operation
        self._readings.pop(operation.id, None)
        now = round(self._database.clock.now(), 3)
        prefix = report_prefix(operation.table_id, operation.id)
        page = await self._database.store.range(prefix, successor(prefix))

        change = _setting(status=status, failure=failure, end=now)
        await self._commit(context, change, None, [key for key, _ in page.rows])

    async def _move(self, context: _StepContext, **members: Any) -> None:
        await self._commit(context, _setting(), context.job.again(**members))

    async def _commit(
        self,
        context: _StepContext,
        change: _Change,
        following: Job | None,
        deleted: Sequence[bytes] = (),
    ) -> None:
        after = () if following is None else (following,)
        commit = _Commit(context, after, change, deleted)
        await self._database.engine.write(commit)
