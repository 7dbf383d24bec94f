"""A table to a file, by parallel scans.

Items are written as pages arrive, each page with the position where its segment continues; after an
interruption the file is cut to the recorded size and continued there.
"""

from __future__ import annotations

import asyncio
import gzip
import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from jedlik.storage.disk import about, in_words, open_new, open_own
from jedlik.tablefiles.formats import BY_LINES, DYNAMODB_JSON, FileError, form, is_compressed
from jedlik.tablefiles.resuming import Resuming, are_counts
from jedlik.tablefiles.sampling import Selection
from jedlik.values.attribute import Item

Call = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]
"""A call of the API; throttled ones are retried."""
Progress = Callable[[int, int], None]

_MODE: Final = 0o666
"""Restricted by the user's mask: files of items have the permissions of the user's other files."""


@dataclass(frozen=True, slots=True)
class ExportTask:
    """The parameters of an export. `what` identifies it, for resuming."""

    table: str
    path: Path
    form: str
    segments: int
    selection: Selection
    what: dict[str, Any]


class Exported(NamedTuple):
    """The number of items written, and how many of them by the interrupted command."""

    items: int
    before: int


def _begun(path: Path, size: int) -> BinaryIO:
    """The file of an interrupted command that had written this many bytes. Raises FileError."""
    try:
        file = open_own(path)
    except FileNotFoundError:
        raise FileError(f"{path} is gone: remove its .resume, to begin from the start") from None
    except OSError as error:
        raise FileError(in_words(error)) from error
    if file.seek(0, os.SEEK_END) < size:
        file.close()
        raise FileError(f"{path} is shorter than it was: remove it, and its .resume")
    return file


class _Place:
    """The file in which items are gathered, and its valid size."""

    def __init__(self, path: Path, line_of: Callable[[Item], bytes], state: dict[str, Any]) -> None:
        self._path = path
        self._line_of = line_of
        self._compressed = is_compressed(path)
        self._file = _begun(path, state["size"]) if state["size"] else open_new(path, _MODE)
        self._file.truncate(state["size"])
        self._file.seek(state["size"])

    def add(self, items: list[Item]) -> None:
        lines = b"".join(map(self._line_of, items))
        with about(self._path):
            self._file.write(gzip.compress(lines, mtime=0) if self._compressed and lines else lines)

    def settle(self) -> int:
        """Sync additions to disk; returns the file's size."""
        with about(self._path):
            self._file.flush()
            os.fsync(self._file.fileno())
        return self._file.tell()

    def close(self) -> None:
        with about(self._path):
            self._file.close()


async def export_table(call: Call, task: ExportTask, progress: Progress) -> Exported:
    """Export a table. Raises FileError, and the errors of `call`."""
    by_lines = task.form in BY_LINES
    part = task.path.with_name(task.path.name + ".part") if not by_lines else _part(task.path)
    resuming = Resuming(task.path.with_name(task.path.name + ".resume"), task.what)
    state = resuming.found(partial(_is_state, task.segments)) or {
        "size": 0, "items": 0, "segments": [{}] * task.segments,
    }  # fmt: skip
    before = state["items"]
    table = (await call("DescribeTable", {"TableName": task.table}))["Table"]
    made = form(task.form)
    line_of = made.line_of if by_lines else form(DYNAMODB_JSON).line_of
    place = _Place(part, line_of, state)
    try:
        scan = _Scan(call, task, place, resuming, state, lambda n: progress(n, table["ItemCount"]))
        await scan.run()
    finally:
        place.close()
    if by_lines:
        part.replace(task.path)
    else:
        await asyncio.to_thread(_convert, made, task.path, part)
        part.unlink()
    resuming.over()
    return Exported(state["items"], before)


def _is_state(segments: int, state: dict[str, Any]) -> bool:
    starts = state.get("segments")
    return (
        are_counts(state.get("size"), state.get("items"))
        and isinstance(starts, list)
        and len(starts) == segments
        and all(start is None or isinstance(start, dict) for start in starts)
    )


def _part(path: Path) -> Path:
    """The file that is being written; its extension tells gzip."""
    suffix = ".part.gz" if is_compressed(path) else ".part"
    return path.with_name(path.name + suffix)


def _convert(made: Any, path: Path, part: Path) -> None:
    """Write the file of the items that were gathered; it exists completely or not at all."""

    def items() -> Iterator[Item]:
        for each in form(DYNAMODB_JSON).read(part, {}):
            if not isinstance(each, dict):
                raise FileError(f"{part}: {each}")
            yield each

    unfinished = path.with_name(f"unfinished-{path.name}")
    try:
        open_new(unfinished, _MODE).close()  # a library opens it by its name
        with about(path):
            made.write(unfinished, items)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


class _Scan:
    """The parallel segments of a scan."""

    def __init__(
        self,
        call: Call,
        task: ExportTask,
        place: _Place,
        resuming: Resuming,
        state: dict[str, Any],
        progress: Callable[[int], None],
    ) -> None:
        self._call = call
        self._task = task
        self._place = place
        self._resuming = resuming
        self._state = state
        self._progress = progress

    async def run(self) -> None:
        """Scan all segments to their ends, or to the limit. Raises the errors of calls."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._task.segments):
                group.create_task(self._segment(number))
        self._note()

    def _is_full(self) -> bool:
        limit = self._task.selection.limit
        return limit is not None and self._state["items"] >= limit

    async def _segment(self, number: int) -> None:
        task, state = self._task, self._state
        selection = task.selection
        while state["segments"][number] is not None and not self._is_full():
            start = state["segments"][number]
            request = {
                "TableName": task.table,
                "Segment": number,
                "TotalSegments": task.segments,
                **({"ExclusiveStartKey": start} if start else {}),
            }
            answer = await self._call("Scan", request)
            if self._is_full():
                return
            items = [selection.masked(each) for each in answer["Items"] if selection.wanted(each)]
            if selection.limit is not None:
                items = items[: selection.limit - state["items"]]
            self._place.add(items)
            state["items"] += len(items)
            state["segments"][number] = answer.get("LastEvaluatedKey")
            self._progress(state["items"])
            if self._resuming.is_due:
                self._note()

    def _note(self) -> None:
        self._state["size"] = self._place.settle()
        self._resuming.keep(self._state)
