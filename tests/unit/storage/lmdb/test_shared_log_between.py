"""What one process that shares the log leaves half done, another one does not rely on."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from typing import Any

import lmdb
import pytest

from jedlik.storage.lmdb import checkpoint
from jedlik.storage.lmdb.environment import Environment
from jedlik.storage.lmdb.shared_log import SharedLog
from tests.unit.storage.lmdb.shared_log_stand import Process, rows_after_a_kill


def _no_note(*_: object) -> None:
    raise lmdb.Error("put")


def test_a_record_that_no_commit_followed_does_not_cut_off_the_next_generation(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.commit({b"a": b"1"})
    process.finish_checkpoint()
    place, log = process.place, process.log.log
    log.go_on(place.generation, place.number, place.end)
    log.append({b"b": b"2"})  # and then its process dies
    log.flush()
    with monkeypatch.context() as patched:
        patched.setattr(SharedLog, "_flush_all", lambda *_: None)  # the next one dies as well
        patched.setattr(process.log, "_pages", 0)
        process.commit({b"c": b"3"})
        process.finish_checkpoint()
    assert process.place.generation == place.generation + 1
    assert rows_after_a_kill(process) == {b"a": b"1", b"c": b"3"}


def test_a_whole_checkpoint_without_its_commit_makes_the_next_one_start_over(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although the snapshot of the generation before is still there: another process has it."""
    process.commit({b"a": b"1"})
    before = process.place
    with monkeypatch.context() as patched:
        patched.setattr(Environment, "note_place", _no_note)
        patched.setattr(SharedLog, "let_go", lambda *_: None)
        process.log.make_room()
        with pytest.raises(lmdb.Error):
            process.commit({b"b": b"2"})
    assert process.place == before
    process.commit({b"c": b"3"})
    assert rows_after_a_kill(process) == {b"a": b"1", b"c": b"3"}


def test_another_reader_does_not_stand_in_for_a_snapshot(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may end at any moment, also in the middle of a commit."""
    process.commit({b"a": b"1"})
    backup = process.environment.env.begin()
    with monkeypatch.context() as patched:
        patched.setattr(process.log, "_pages", 0)
        for number in range(3):
            process.commit({b"b": b"%d" % number})
            process.finish_checkpoint()
    place = process.place
    assert backup.id() < place.needed.transaction
    process.lose_snapshots()
    process.commit({b"c": b"3"})
    assert process.place.generation > place.generation + 1, "it has started over"
    backup.abort()


CLOSES = """
import sys
from pathlib import Path
from tests.unit.storage.lmdb.shared_log_stand import Process

process = Process(Path(sys.argv[1]))
process.commit({b"a": b"1"})
print("ready", flush=True)
sys.stdin.read()
process.close()
"""


def test_a_process_closes_between_the_commits_of_others(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that commits has seen its snapshot, and takes no pages of the checkpoint."""
    command = [sys.executable, "-c", CLOSES, str(process.directory)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == b"ready\n"
        needed = process.place.needed
        assert needed.process == other.pid
        apply = Environment.apply

        def closed_meanwhile(*arguments: Any) -> None:
            assert other.stdin is not None
            other.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                other.wait(0.5)
            assert process.environment.is_kept(needed)
            apply(*arguments)

        with monkeypatch.context() as patched:
            patched.setattr(Environment, "apply", closed_meanwhile)
            process.commit({b"b": b"2"})
        assert other.wait(10) == 0
    process.commit({b"c": b"3"})
    assert process.place.needed.process == os.getpid()
    assert rows_after_a_kill(process) == {b"a": b"1", b"b": b"2", b"c": b"3"}


def test_a_checkpoint_of_a_dead_process_is_flushed_before_it_is_relied_on(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.commit({b"a": b"1"})
    process.finish_checkpoint()
    flushed: list[int] = []
    with monkeypatch.context() as patched:
        patched.setattr(checkpoint, "sync_file", lambda _: flushed.append(process.place.generation))
        patched.setattr(process.log, "_pages", 0)
        patched.setattr(SharedLog, "_flush_all", lambda *_: None)
        before = process.place.generation
        process.commit({b"b": b"2"})
        assert flushed == [before]
        process.finish_checkpoint()
        patched.undo()
        process.lose_snapshots()
        process.log.make_room()
    process.commit({b"c": b"3"})
    assert rows_after_a_kill(process) == {b"a": b"1", b"b": b"2", b"c": b"3"}
