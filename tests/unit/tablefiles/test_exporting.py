"""Exports of tables to files: where an interrupted one continues."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from jedlik.tablefiles.exporting import ExportTask, _is_state, export_table
from jedlik.tablefiles.formats import FileError
from jedlik.tablefiles.resuming import Resuming
from jedlik.tablefiles.sampling import Selection

WHAT = {"export": "arn"}


async def table_of_one(operation: str, _payload: dict[str, Any]) -> dict[str, Any]:
    if operation == "DescribeTable":
        return {"Table": {"ItemCount": 1}}
    return {"Items": [{"pk": {"S": "a"}}]}


def export(path: Path) -> None:
    everything = Selection(lambda _item: True, lambda item: item, None)
    task = ExportTask("t", path, "dynamodb-json", 1, everything, WHAT)
    asyncio.run(export_table(table_of_one, task, lambda _done, _all: None))


def test_links_in_place_of_files_are_replaced(tmp_path: Path) -> None:
    other, path = tmp_path / "other", tmp_path / "a.jsonl"
    other.write_bytes(b"kept")
    for name in ("a.jsonl", "a.jsonl.part", "a.jsonl.resume.unfinished"):
        (tmp_path / name).symlink_to(other)
    export(path)
    assert other.read_bytes() == b"kept"
    assert json.loads(path.read_bytes()) == {"Item": {"pk": {"S": "a"}}}
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.jsonl", "other"]


def test_a_link_in_place_of_what_was_begun_is_refused(tmp_path: Path) -> None:
    other, path = tmp_path / "other", tmp_path / "a.jsonl"
    other.write_bytes(b"kept, and long enough")
    (tmp_path / "a.jsonl.part").symlink_to(other)
    state = {"size": 4, "items": 1, "segments": [{}]}
    Resuming(tmp_path / "a.jsonl.resume", WHAT).keep(state)
    with pytest.raises(FileError, match="link"):
        export(path)
    (tmp_path / "a.jsonl.part").unlink()
    with pytest.raises(FileError, match="is gone"):
        export(path)
    assert other.read_bytes() == b"kept, and long enough"


@pytest.mark.parametrize(
    ("state", "fits"),
    [
        ({"size": 0, "items": 0, "segments": [{}, None]}, True),
        ({"size": 0, "items": 0, "segments": [{}]}, False),
        ({"size": 0, "items": 0, "segments": [{}, "x"]}, False),
        ({"size": 0, "items": 0, "segments": {"0": {}, "1": {}}}, False),
        ({"size": 1.5, "items": 0, "segments": [{}, {}]}, False),
        ({"size": 0, "segments": [{}, {}]}, False),
    ],
)
def test_the_state_of_an_export(state: Any, *, fits: bool) -> None:
    assert _is_state(2, state) is fits
