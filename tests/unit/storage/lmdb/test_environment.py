"""What LMDB's errors mean, and what becomes of what is written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import lmdb
import pytest

from jedlik.storage.failures import OutcomeUnknown, StorageFull, StorageUnavailable
from jedlik.storage.lmdb.environment import DATA_FILE, Environment, failure
from jedlik.storage.lmdb.new_pages import AHEAD
from jedlik.storage.lmdb.progress import Snapshot


def numbered(code: int) -> lmdb.Error:
    """An error of LMDB's that carries a number of the system's."""
    error = lmdb.Error("commit")
    error.code = code  # type: ignore[misc]
    return error


class _Env:
    """Stands for an environment whose next transaction ends so."""

    def __init__(self, error: lmdb.Error | None) -> None:
        self.error = error

    def begin(self) -> Any:
        if self.error is not None:
            raise self.error
        return self

    def abort(self) -> None:
        pass


def test_a_failed_commit_did_nothing_unless_lmdb_panics(tmp_path: Path) -> None:
    environment = Environment(tmp_path)
    real = environment.env
    error = numbered(5)
    for state, expected in (
        (None, StorageUnavailable),
        (lmdb.InvalidError("begin"), StorageUnavailable),
        (lmdb.PanicError("begin"), OutcomeUnknown),
    ):
        environment.env = _Env(state)  # type: ignore[assignment]
        assert type(environment.commit_failure(error)) is expected
    environment.env = real
    environment.close()


def test_a_snapshot_is_kept_by_its_process(tmp_path: Path) -> None:
    environment = Environment(tmp_path)
    reader = environment.env.begin()
    snapshot = Snapshot(reader.id(), os.getpid())
    assert environment.is_kept(snapshot)
    assert not environment.is_kept(snapshot._replace(process=os.getppid()))
    assert not environment.is_kept(snapshot._replace(transaction=reader.id() - 1))
    reader.abort()
    assert not environment.is_kept(snapshot)
    environment.close()


def test_a_map_that_does_not_grow(tmp_path: Path) -> None:
    environment = Environment(tmp_path, 1 << 20, grows=False)
    with pytest.raises(StorageFull, match="limit of 1048576 bytes"):
        environment.grow()
    environment.close()


def test_snapshots_of_dead_processes_are_kept_where_a_log_needs_them(tmp_path: Path) -> None:
    full = lmdb.ReadersFullError("begin")
    environment = Environment(tmp_path, 1 << 20, grows=False)
    with pytest.raises(StorageUnavailable):
        environment.recover(full)
    environment.close()
    environment = Environment(tmp_path)
    environment.recover(full)
    environment.close()


@pytest.mark.parametrize(
    "error", [lmdb.CorruptedError("get"), lmdb.PanicError("get"), lmdb.MapResizedError("begin")]
)
def test_what_no_further_attempt_makes_better_is_a_failure(
    tmp_path: Path, error: lmdb.Error
) -> None:
    environment = Environment(tmp_path)
    with pytest.raises(StorageUnavailable):
        environment.recover(error)
    environment.recover(lmdb.BadRslotError("begin"))  # this may go better
    environment.close()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (numbered(28), StorageFull),
        (numbered(27), StorageFull),
        (numbered(122), StorageFull),
        (lmdb.MapFullError("put"), StorageFull),
        (numbered(5), StorageUnavailable),
        (lmdb.CorruptedError("get"), StorageUnavailable),
    ],
)
def test_what_lmdb_errors_mean(error: lmdb.Error, expected: type[Exception]) -> None:
    assert type(failure(error)) is expected


def test_what_is_added_to_the_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = {b"%06d" % number: b"%d" % number * 100 for number in range(8000)}
    environment = Environment(tmp_path)
    rows = sorted(written.items())
    for begin in range(0, len(rows), 500):
        with environment.env.begin(environment.rows, write=True) as txn:
            environment.apply(txn, dict(rows[begin : begin + 500]))
    environment.close()
    assert (tmp_path / DATA_FILE).stat().st_size > 2 * AHEAD
    environment = Environment(tmp_path)
    with environment.env.begin(environment.rows) as txn:
        assert dict(txn.cursor()) == written
    environment.close()
