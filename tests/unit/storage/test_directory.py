"""Data directories: their format, their lock, and what may be opened."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jedlik.storage import directory as directory_module
from jedlik.storage.directory import ENCRYPTED_FORMAT, FORMAT, PLAIN_FORMAT, DataDirectory
from jedlik.storage.failures import DataDirectoryError
from jedlik.storage.hot_copy import hot_copy

NOBODY = 65534


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some" / "data"


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """Root may write anywhere, so somebody else tries."""
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
        yield
        os.seteuid(0)
    else:
        yield


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
def test_a_server_opens_its_directory_after_root_did(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.mkdir(mode=0o700)
    os.chown(path, NOBODY, NOBODY)
    DataDirectory.open(path).close()
    assert {file.stat().st_uid for file in path.iterdir()} == {NOBODY}


def test_a_new_directory_is_made_with_its_format(path: Path) -> None:
    DataDirectory.open(path).close()
    assert (path / "format").read_bytes() == b"jedlik data, format %d\n" % PLAIN_FORMAT
    assert (path / "store").is_dir()
    assert path.stat().st_mode & 0o077 == 0, "others can read the data"
    names = ["format", "lock", "new", "store", "workers.lock"]
    assert sorted(p.name for p in path.iterdir()) == names


def test_an_existing_directory_opens_again(path: Path) -> None:
    new = DataDirectory.open(path)
    new.mark_complete()
    new.close()
    (path / "store" / "data.mdb").write_bytes(b"kept")
    with_data = DataDirectory.open(path)
    assert (with_data.store / "data.mdb").read_bytes() == b"kept"
    with_data.close()
    with_data.close()


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
        "import sys, time, pathlib; from jedlik.storage.directory import DataDirectory;"
        "d = DataDirectory.open(pathlib.Path(sys.argv[1]));"
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


def test_workers_share_it_under_a_main_process(path: Path) -> None:
    with pytest.raises(DataDirectoryError, match="holds no Jedlik data"):
        DataDirectory.join(path)
    main = DataDirectory.open(path)
    workers = [DataDirectory.join(path) for _ in range(3)]
    assert {worker.store for worker in workers} == {main.store}
    for worker in workers:
        worker.close()
    main.close()
    with pytest.raises(DataDirectoryError, match="no Jedlik server has"):
        DataDirectory.join(path)


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
    monkeypatch.setattr(directory_module.time, "sleep", pauses.append)
    main = DataDirectory.open(path)
    orphan = DataDirectory.join(path)
    main.close()
    with pytest.raises(DataDirectoryError, match="worker processes of an earlier"):
        DataDirectory.open(path, Hurrying())
    assert len(pauses) == 2

    def end_orphan(seconds: float) -> None:
        orphan.close()

    monkeypatch.setattr(directory_module.time, "sleep", end_orphan)
    DataDirectory.open(path, Hurrying()).close()


@pytest.mark.parametrize(
    ("old", "new"), [(1, PLAIN_FORMAT), (2, ENCRYPTED_FORMAT), (3, PLAIN_FORMAT)]
)
def test_a_directory_of_a_former_format_becomes_one_of_this(path: Path, old: int, new: int) -> None:
    for name in ("store/data.mdb", "sealed/rows.db", "key"):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(b"something")
    (path / "format").write_bytes(b"jedlik data, format %d\n" % old)
    directory = DataDirectory.open(path)
    assert (directory.format, directory.encrypted) == (new, old == 2)
    directory.close()
    assert (path / "format").read_bytes() == b"jedlik data, format %d\n" % new


def test_a_newer_format_is_refused(path: Path) -> None:
    DataDirectory.open(path).close()
    (path / "format").write_bytes(b"jedlik data, format %d\n" % (FORMAT + 1))
    for take in (DataDirectory.open, DataDirectory.join):
        with pytest.raises(
            DataDirectoryError, match=f"has data format {FORMAT + 1}, made by a new"
        ):
            take(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"jedlik data, format 1",
        b"jedlik data, format 0\n",
        b"jedlik data, format -1\n",
        b"jedlik data, format 1\nmore",
        b"jedlik data, format 1\n\n",
        b"other\n",
        b"\xff\0\n",
    ],
)
def test_a_format_file_of_another_program_is_refused(path: Path, content: bytes) -> None:
    path.mkdir(parents=True)
    (path / "format").write_bytes(content)
    with pytest.raises(DataDirectoryError, match="not written by Jedlik"):
        DataDirectory.open(path)
    assert (path / "format").read_bytes() == content


def test_a_directory_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    path.mkdir(parents=True)
    (path / "precious.txt").write_text("kept")
    with pytest.raises(DataDirectoryError, match=r"holds other files \(precious.txt\)"):
        DataDirectory.open(path)
    assert [p.name for p in path.iterdir()] == ["precious.txt"]


def test_what_file_systems_put_there_does_not_count(path: Path) -> None:
    (path / "lost+found").mkdir(parents=True)
    DataDirectory.open(path).close()


@pytest.mark.parametrize("begun", ["new.new", "format.new"])
def test_a_creation_that_was_interrupted_is_taken_up(path: Path, begun: str) -> None:
    path.mkdir(parents=True)
    (path / "lock").touch()
    (path / begun).write_bytes(b"jedl")
    DataDirectory.open(path).close()
    assert (path / "format").read_bytes().startswith(b"jedlik data, format")


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataDirectoryError, match="is not a directory"):
        DataDirectory.open(tmp_path / "file")
    with pytest.raises(DataDirectoryError, match="below something that is not a directory"):
        DataDirectory.open(tmp_path / "file" / "data")


def test_a_directory_that_may_not_be_written(tmp_path: Path, unprivileged: None) -> None:
    parent = Path("/")  # exists, and belongs to root
    with pytest.raises(DataDirectoryError, match="not writable for this user"):
        DataDirectory.open(parent / "jedlik-test-that-is-never-made")


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


def test_no_directory_is_made_for_a_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for use in (DataDirectory.open, DataDirectory.join, DataDirectory.open_read_only):
        with pytest.raises(DataDirectoryError, match="is a URL and not a directory"):
            use(Path("postgresql://user@host/name"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_no_engine_opens_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"d\xff")
    for use in (DataDirectory.open, DataDirectory.join, DataDirectory.open_read_only):
        with pytest.raises(DataDirectoryError, match="is not UTF-8"):
            use(odd)
    DataDirectory.open(tmp_path / "data").close()
    with pytest.raises(DataDirectoryError, match="is not UTF-8"):
        hot_copy(tmp_path / "data", odd)
    assert [each.name for each in tmp_path.iterdir()] == ["data"]
    DataDirectory.open(tmp_path / "dätå").close()
