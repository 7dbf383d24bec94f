"""Who may have a data directory open."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jedlik.storage.directory import locks
from jedlik.storage.directory.data_directory import DataDirectory
from jedlik.storage.failures import DataDirectoryError


def test_a_second_server_is_kept_out_and_named_the_reason(path: Path) -> None:
    first = DataDirectory.open(path)
    reason = rf"in use by another Jedlik server \(process {os.getpid()}\); stop"
    with pytest.raises(DataDirectoryError, match=reason):
        DataDirectory.open(path)
    first.close()
    DataDirectory.open(path).close()


@pytest.mark.parametrize("number", ["", " 1\n", " 4194305\n", " 99999999999999999\n", " x\n"])
def test_a_server_whose_process_is_not_known_is_not_named(path: Path, number: str) -> None:
    """Of an older server, of a container, or damaged."""
    first = DataDirectory.open(path)
    (path / "lock").write_text(f"{'0' * 16}{number}")
    with pytest.raises(DataDirectoryError, match="in use by another Jedlik server; stop"):
        DataDirectory.open(path)
    first.close()


def test_the_lock_ends_with_the_process(path: Path) -> None:
    program = (
        "import sys, time, pathlib; import jedlik.storage.directory.data_directory as data;"
        "d = data.DataDirectory.open(pathlib.Path(sys.argv[1]));"
        "print('open', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"open\n"
        with pytest.raises(DataDirectoryError, match="in use"):
            DataDirectory.open(path)
        worker = DataDirectory.join(path)
        worker.close()
        child.kill()
    DataDirectory.open(path).close()


class Hurrying:
    """Every look at the clock takes a second."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        self.time += 1.0
        return self.time


def test_workers_of_an_earlier_server_keep_a_new_one_out(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(locks.time, "sleep", pauses.append)
    main = DataDirectory.open(path)
    orphan = DataDirectory.join(path)
    main.close()
    with pytest.raises(DataDirectoryError, match="worker processes of an earlier"):
        DataDirectory.open(path, Hurrying())
    assert len(pauses) == 2

    def end_orphan(seconds: float) -> None:
        orphan.close()

    monkeypatch.setattr(locks.time, "sleep", end_orphan)
    DataDirectory.open(path, Hurrying()).close()


def test_a_file_system_without_locks_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(descriptor: int, operation: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(DataDirectoryError, match="cannot lock files"):
        DataDirectory.open(path)


def test_a_failed_open_keeps_no_lock(path: Path) -> None:
    DataDirectory.open(path).close()
    good = (path / "format").read_bytes()
    (path / "format").write_bytes(b"jedlik data, format 99\n")
    with pytest.raises(DataDirectoryError):
        DataDirectory.open(path)
    (path / "format").write_bytes(good)
    DataDirectory.open(path).close()
