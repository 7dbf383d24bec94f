"""Whatever a power loss leaves of LMDB's file, everything that was acknowledged comes back."""

from __future__ import annotations

import asyncio
import errno
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.storage.contract import Mix, contents
from jedlik.storage.engine import Value
from jedlik.storage.failures import (
    DataDirectoryError,
    StorageFailure,
    StorageFull,
    StorageUnavailable,
)
from jedlik.storage.lmdb import checkpoint, logged_store, recovery
from jedlik.storage.lmdb.checkpoint import FILE, Checkpoint, CheckpointFile, read_checkpoint
from jedlik.storage.lmdb.commit_log import files
from jedlik.storage.lmdb.environment import DATA_FILE, Environment
from jedlik.storage.lmdb.logged_engine import LoggedLmdbEngine
from jedlik.storage.lmdb.logged_store import LoggedLmdbStore
from jedlik.storage.lmdb.published import FILE as PUBLISHED
from jedlik.storage.lmdb.published import Published
from jedlik.storage.lmdb.recovery import needs_recovery, recover, settle
from tests.properties import examples
from tests.unit.storage.lmdb.power_loss import rows_in, some_changes, some_pages
from tests.unit.storage.lmdb.shared_log_stand import Process

FEW_PAGES = 60


class Power:
    """A store with its files, and what of LMDB's file is certain to be on the disk."""

    def __init__(self, directory: Path, draw: random.Random) -> None:
        self.directory = directory
        self.draw = draw
        self.flushed: dict[int, bytes] = {}
        """By generation: LMDB's file as its checkpoint was about to be written."""
        self.store = self._open()

    def commit(self, changes: dict[bytes, Value]) -> None:
        if not self.store.is_ready:
            self.store.make_ready()
        self.store.log(changes)
        self.store.flush()
        if not self.store.store(changes):
            self.store.store_anyhow(changes)
        if self.draw.random() < 0.3:
            assert self.store.catch_up()

    def fail(self, aside: Path) -> None:
        """Lose the power: the store goes on with what is on the disk then."""
        shutil.copytree(self.directory, aside)
        last = read_checkpoint(aside)
        if last is not None:
            data = aside / DATA_FILE
            data.write_bytes(
                some_pages(self.draw, self.flushed[last.generation], data.read_bytes())
            )
        self.store.close()
        shutil.rmtree(self.directory)
        aside.rename(self.directory)
        self.store = self._open()

    def _open(self) -> LoggedLmdbStore:
        recover(self.directory)
        environment = Environment(self.directory)
        return LoggedLmdbStore(environment, flushes=True, pages=FEW_PAGES)

    def content(self) -> dict[bytes, bytes]:
        self.store.close()
        rows = rows_in(self.directory)
        self.store = self._open()
        return rows


@examples(150)
@given(seed=st.integers(0, 1 << 32))
def test_no_page_that_was_not_flushed_is_needed(seed: int) -> None:
    draw = random.Random(seed)
    expected: dict[bytes, bytes] = {}
    with TemporaryDirectory() as scratch, pytest.MonkeyPatch.context() as patched:
        directory = Path(scratch) / "store"
        directory.mkdir()
        power = Power(directory, draw)

        class Noted(CheckpointFile):
            def __init__(self, where: Path, first: Checkpoint) -> None:
                power.flushed[first.generation] = (where / DATA_FILE).read_bytes()
                super().__init__(where, first)

            def write(self, checkpoint: Checkpoint) -> None:
                power.flushed[checkpoint.generation] = (directory / DATA_FILE).read_bytes()
                super().write(checkpoint)

        patched.setattr(logged_store, "CheckpointFile", Noted)
        for _ in range(draw.randrange(1, 5)):
            for _ in range(draw.randrange(60)):
                changes = some_changes(draw)
                power.commit(changes)
                for key, value in changes.items():
                    if value is None:
                        expected.pop(key, None)
                    else:
                        expected[key] = value
            power.fail(Path(scratch) / "aside")
            if draw.random() < 0.3:
                assert power.content() == expected
        assert power.content() == expected
        power.store.close()


def _left(directory: Path, aside: Path, *, flushes: bool = True) -> dict[bytes, bytes]:
    """What a process that was killed leaves in `aside`, and the rows that are in it."""
    environment = Environment(directory)
    store = LoggedLmdbStore(environment, flushes=flushes)
    store.make_ready()
    rows: dict[bytes, bytes] = {}
    for number in range(40):
        changes: dict[bytes, Value] = {b"%d" % number: b"x" * 5000}
        rows.update({b"%d" % number: b"x" * 5000})
        store.log(changes)
        store.flush()
        store.store(changes)
    assert store.catch_up()
    shutil.copytree(directory, aside)
    store.close()
    return rows


def _rows_in(directory: Path) -> dict[bytes, bytes]:
    async def read() -> dict[bytes, bytes]:
        engine = LoggedLmdbEngine.open(directory)
        rows = dict(await contents(engine, b""))
        await engine.close()
        return rows

    return asyncio.run(read())


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    (tmp_path / "store").mkdir()
    return tmp_path / "killed"


def test_a_directory_that_was_closed_needs_none(tmp_path: Path, killed: Path) -> None:
    _left(tmp_path / "store", killed)
    assert needs_recovery(killed)
    assert not needs_recovery(tmp_path / "store")
    closed = [FILE, DATA_FILE, "lock.mdb"]
    assert sorted(file.name for file in (tmp_path / "store").iterdir()) == closed
    recover(killed)
    assert not needs_recovery(killed)
    assert sorted(file.name for file in killed.iterdir()) == closed


def test_what_processes_shared_is_settled_once_they_have_ended(
    tmp_path: Path,
    killed: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    rows = _left(tmp_path / "store", killed)
    settle(tmp_path / "store")
    settle(tmp_path / "missing")

    def fail(_: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(recovery, "note_closed", fail)
        settle(killed)
    assert "could not be closed" in caplog.text
    assert needs_recovery(killed)
    settle(killed)
    assert not needs_recovery(killed)
    assert _rows_in(killed) == rows


def test_what_only_the_log_has_is_not_settled_but_recovered(tmp_path: Path) -> None:
    """Processes that share it put it into LMDB's file a little later."""
    process = Process(tmp_path)
    process.commit({b"a": b"1"})
    place, log = process.place, process.log.log
    log.go_on(place.generation, place.number, place.end)
    log.append({b"b": b"2"})
    Published(tmp_path).advance(log.number)
    process.close()
    settle(tmp_path)
    assert needs_recovery(tmp_path)
    assert _rows_in(tmp_path) == {b"a": b"1", b"b": b"2"}
    assert (tmp_path / PUBLISHED).read_bytes() == bytes(4096), "its page is kept"


def test_a_directory_may_be_copied_over_an_earlier_copy_of_it(tmp_path: Path, killed: Path) -> None:
    """Of a server that had been killed: its checkpoint and log are of no file that came later."""
    store = tmp_path / "store"
    _left(store, killed)
    copy = shutil.copytree(killed, tmp_path / "copy")

    async def write() -> None:
        engine = LoggedLmdbEngine.open(killed)
        for number in range(200):
            await engine.write(Mix(b"count", (), {b"%d" % (number % 40): b"y" * 5000}))
        await engine.close()

    asyncio.run(write())
    shutil.copytree(killed, copy, dirs_exist_ok=True)
    assert _rows_in(copy) == _rows_in(killed)


def test_a_recovery_is_logged(
    tmp_path: Path, killed: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "_AT_ONCE", 40_000)
    _left(tmp_path / "store", killed)
    recover(killed)
    recover(killed)
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path} was not closed; commits that its log had: 40"
    ]


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (StorageFull("full"), "no room left to recover"),
        (StorageUnavailable("input/output error"), "cannot recover"),
    ],
)
def test_a_recovery_that_cannot_be_flushed_says_so_and_can_be_made_again(
    tmp_path: Path,
    killed: Path,
    problem: StorageFailure,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_: Environment) -> None:
        raise problem

    rows = _left(tmp_path / "store", killed)
    with monkeypatch.context() as patched:
        patched.setattr(Environment, "sync", fail)
        with pytest.raises(DataDirectoryError, match=said):
            recover(killed)
    assert _rows_in(killed) == rows


def test_on_a_full_disk_a_checkpoint_is_removed(
    tmp_path: Path, killed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: Path, _: bytes) -> None:
        file.with_name(f"{file.name}.new").touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    rows = _left(tmp_path / "store", killed)
    monkeypatch.setattr(checkpoint, "replace_file", full)
    recover(killed)
    assert sorted(file.name for file in killed.iterdir()) == [DATA_FILE, "lock.mdb"]
    monkeypatch.undo()
    assert _rows_in(killed) == rows


@pytest.mark.parametrize("step", range(1, 6))
def test_recovery_that_is_interrupted_begins_again(
    tmp_path: Path, killed: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = _left(tmp_path / "store", killed)
    monkeypatch.setattr(recovery, "_AT_ONCE", 40_000)
    applied = 0

    def interrupted(self: Environment, txn: object, changes: object) -> None:
        nonlocal applied
        applied += 1
        if applied == step:
            raise KeyboardInterrupt
        original(self, txn, changes)  # type: ignore[arg-type]

    original = Environment.apply
    with monkeypatch.context() as patched:
        patched.setattr(Environment, "apply", interrupted)
        with pytest.raises(KeyboardInterrupt):
            recover(killed)
    assert needs_recovery(killed)
    assert _rows_in(killed) == rows


@pytest.mark.parametrize(("kept", "times"), [(recovery._KEPT, 1), (40_000, 2)])
def test_a_log_is_read_once_unless_it_is_too_long_to_be_kept(
    tmp_path: Path, killed: Path, kept: int, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = _left(tmp_path / "store", killed)
    monkeypatch.setattr(recovery, "_KEPT", kept)
    original, readings = recovery.contents, 0

    def counted(directory: Path, generation: int, number: int) -> Iterator[bytes]:
        nonlocal readings
        readings += 1
        return original(directory, generation, number)

    monkeypatch.setattr(recovery, "contents", counted)
    assert _rows_in(killed) == rows
    assert readings == times


@pytest.mark.parametrize("missing", ["log.0", "log.1"])
def test_a_log_that_is_missing_is_said_to_be(tmp_path: Path, killed: Path, missing: str) -> None:
    rows = _left(tmp_path / "store", killed)
    (killed / missing).rename(tmp_path / missing)
    with pytest.raises(DataDirectoryError, match=f"{missing} is missing"):
        recover(killed)
    (tmp_path / missing).rename(killed / missing)
    assert _rows_in(killed) == rows


@pytest.mark.parametrize("name", [DATA_FILE, FILE, "log.0", "log.1"])
def test_a_file_with_a_second_name_is_not_written_to_and_not_to_be_removed(
    tmp_path: Path, killed: Path, name: str
) -> None:
    rows = _left(tmp_path / "store", killed)
    (tmp_path / "second").hardlink_to(killed / name)
    with pytest.raises(DataDirectoryError, match=f"{name} .*second name.* copy of it") as refused:
        recover(killed)
    assert "remove" not in str(refused.value)
    shutil.copy(tmp_path / "second", tmp_path / "copy")
    (tmp_path / "copy").replace(killed / name)
    assert _rows_in(killed) == rows


def test_a_checkpoint_that_is_damaged_is_said_to_be(tmp_path: Path, killed: Path) -> None:
    _left(tmp_path / "store", killed)
    (killed / FILE).write_bytes(bytes(100))
    with pytest.raises(DataDirectoryError, match="not a checkpoint; restore it from a backup"):
        recover(killed)


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _cut(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.truncate(40_000)


def _replace(file: Path) -> None:
    file.write_bytes(bytes(100_000))


@pytest.mark.parametrize("damage", [_flip, _cut, _replace])
def test_a_log_that_lacks_what_was_acknowledged_is_refused(
    tmp_path: Path, killed: Path, damage: Callable[[Path], None]
) -> None:
    rows = _left(tmp_path / "store", killed)
    for file in files(killed):
        if file.stat().st_size:
            with file.open("r+b") as stream:
                stream.truncate(40 * 8192)  # as many records as there are
            whole, content = file, file.read_bytes()
    damage(whole)
    data = (killed / DATA_FILE).read_bytes()
    for _ in range(2):
        with pytest.raises(DataDirectoryError, match=r"damaged or another one: of at least 40"):
            recover(killed)
    assert (killed / DATA_FILE).read_bytes() == data, "nothing was changed"
    whole.write_bytes(content)
    assert _rows_in(killed) == rows


def test_a_relaxed_log_may_end_before_lmdbs_file(tmp_path: Path, killed: Path) -> None:
    """A power failure leaves any of the pages that were not flushed."""
    _left(tmp_path / "store", killed, flushes=False)
    for file in files(killed):
        file.write_bytes(b"")
    assert _rows_in(killed) == {}


def test_logs_without_a_checkpoint_hold_nothing(tmp_path: Path, killed: Path) -> None:
    """So it is if the power fails while a directory is being closed: all is in LMDB's file."""
    rows = _left(tmp_path / "store", killed)
    for file in files(killed):
        shutil.copy(file, tmp_path / "store")
    assert _rows_in(tmp_path / "store") == rows
    assert not [file for file in files(tmp_path / "store") if file.exists()]


def test_a_data_file_from_before_the_checkpoint_is_not_taken_for_the_one_it_goes_with(
    tmp_path: Path, killed: Path
) -> None:
    store = tmp_path / "store"
    asyncio.run(LoggedLmdbEngine.open(store).close())
    older = (store / DATA_FILE).read_bytes()
    rows = _left(store, tmp_path / "first")
    shutil.rmtree(tmp_path / "first")
    _left(store, killed)
    own = (killed / DATA_FILE).read_bytes()
    (killed / DATA_FILE).write_bytes(older)
    with pytest.raises(DataDirectoryError, match="is older than checkpoint beside it"):
        recover(killed)
    assert (killed / DATA_FILE).read_bytes() == older
    (killed / DATA_FILE).write_bytes(own)
    assert _rows_in(killed) == rows
