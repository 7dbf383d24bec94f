"""`jedlik backup` beside a running server, plain and encrypted, and `jedlik restore`."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from jedlik.cli.options.root_key import read_root_key
from jedlik.storage.failures import DataDirectoryError
from jedlik.storage.hot_copy import hot_copy
from tests.api.making import make, put_all
from tests.conftest import StartServer
from tests.limits import file_size_limit
from tests.servers import RunningServer, jedlik


def pair(number: int, version: int) -> list[dict[str, Any]]:
    """Two items that are written in one transaction."""
    return [{"pk": {"S": f"{side}{number}"}, "version": {"N": str(version)}} for side in ("a", "b")]


class Writing(threading.Thread):
    """Runs transactions until it is stopped, each of which gives both items of a pair the same
    version."""

    def __init__(self, server: RunningServer, table: str) -> None:
        super().__init__()
        self._dynamodb = server.client()
        self._table = table
        self._stopping = threading.Event()
        self.version = 0

    def run(self) -> None:
        while not self._stopping.is_set():
            self.version += 1
            puts = [
                {"Put": {"TableName": self._table, "Item": each}}
                for each in pair(self.version % 50, self.version)
            ]
            self._dynamodb.transact_write_items(TransactItems=puts)

    def stop(self) -> None:
        self._stopping.set()
        self.join()


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_running_server_is_copied_as_it_is_at_one_moment(
    start_server: StartServer, tmp_path: Path, encrypted: bool
) -> None:
    data, copy, again = (tmp_path / name for name in ("data", "copy", "again"))
    key: tuple[str | Path, ...] = ()
    if encrypted:
        assert jedlik("keys", "new-root", tmp_path / "root.key").returncode == 0
        key = ("--root-key-file", tmp_path / "root.key")
    server = start_server("--data", data, "--workers", "2", *key)
    dynamodb = server.client()
    table = make(dynamodb, "pk")
    put_all(dynamodb, table, [each for number in range(50) for each in pair(number, 0)])
    writing = Writing(server, table)
    writing.start()
    try:
        (tmp_path / "copy.unfinished" / "store").mkdir(parents=True)  # of one that was killed
        before = writing.version
        done = jedlik("backup", copy, "--data", data, *key)
        assert (done.returncode, done.stderr) == (0, "")
        assert f"Copied the data to {copy}" in done.stdout
        assert not (tmp_path / "copy.unfinished").exists()
        after = writing.version
    finally:
        writing.stop()
    assert jedlik("verify", copy, *key).returncode == 0
    full = tmp_path / "full"
    root_key = read_root_key(tmp_path / "root.key") if encrypted else None
    with file_size_limit(8192), pytest.raises(DataDirectoryError) as raised:
        hot_copy(data, full, root_key)
    assert str(raised.value) == (
        f"there is no room left for {full}, and nothing was copied: make room, or name a directory "
        "on another disk"
    )
    if encrypted:
        with pytest.raises(DataDirectoryError, match="is encrypted: give its root key"):
            hot_copy(data, full)
    assert not [each for each in tmp_path.iterdir() if each.name.startswith("full")]
    done = jedlik("restore", copy, "--data", again, *key)
    assert (done.returncode, done.stderr) == (0, "")
    restored = start_server("--data", again, *key).client()
    pages = restored.get_paginator("scan").paginate(TableName=table)
    found = {each["pk"]["S"]: int(each["version"]["N"]) for page in pages for each in page["Items"]}
    assert len(found) == 100
    assert all(found[f"a{number}"] == found[f"b{number}"] for number in range(50))
    newest = max(found.values())
    assert before - 1 <= newest <= after + 1
    gone = set(range(max(1, newest - 49), newest + 1)) - set(found.values())
    assert not gone, "each version up to the newest one is there"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_copy_has_what_was_just_answered(
    start_server: StartServer, tmp_path: Path, workers: str
) -> None:
    server = start_server("--data", tmp_path / "data", "--workers", workers)
    dynamodb = server.client()
    table = make(dynamodb, "pk")
    for number in range(5):
        dynamodb.put_item(TableName=table, Item={"pk": {"S": f"last{number}"}})
        hot_copy(tmp_path / "data", tmp_path / f"copy{number}")
    server.end_well()
    for number in range(5):
        copied = start_server("--data", tmp_path / f"copy{number}").client()
        assert copied.scan(TableName=table, Select="COUNT")["Count"] == number + 1


def test_nothing_is_overwritten(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server("--data", tmp_path / "data")
    make(server.client(), "pk")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    done = jedlik("backup", tmp_path / "full", "--data", tmp_path / "data")
    assert done.returncode != 0
    assert "is not empty; name a new directory, or move that one away" in done.stderr
    done = jedlik("restore", tmp_path / "nothing", "--data", tmp_path / "data")
    assert done.returncode != 0
    done = jedlik("backup", tmp_path / "copy", "--data", tmp_path / "nothing")
    assert "does not exist" in done.stderr
    assert not (tmp_path / "copy").exists()
