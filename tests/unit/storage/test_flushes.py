"""Both kinds of flushes: those of a process, and those of a thread."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from jedlik.storage.flushes import (
    Flushes,
    FlushLost,
    ProcessFlushes,
    ThreadFlushes,
    WorkThread,
    make_flushes,
)

NO_FILE = 2
"""The place of something that cannot be flushed."""


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Sequence[int]]:
    opened = [os.open(tmp_path / name, os.O_RDWR | os.O_CREAT) for name in ("0", "1")]
    reading, writing = os.pipe()
    yield (*opened, writing)
    for each in (*opened, reading, writing):
        os.close(each)


@pytest.fixture(params=["process", "thread"])
def flushes(request: pytest.FixtureRequest, files: Sequence[int]) -> Iterator[Flushes]:
    process = request.param == "process"
    made: Flushes = ProcessFlushes(files, files[0]) if process else ThreadFlushes(files)
    yield made
    made.close()


async def flushed(flushes: Flushes, place: int, *, alone: bool = False) -> OSError | None:
    done: asyncio.Future[OSError | None] = asyncio.get_running_loop().create_future()
    flushes.start(place, done.set_result, alone=alone)
    assert not done.done(), "it is told on the loop, later"
    async with asyncio.timeout(30):
        return await done


def test_one_after_the_other(flushes: Flushes, files: Sequence[int]) -> None:
    async def run() -> None:
        for number in range(20):
            os.pwrite(files[number & 1], bytes(5000), number * 5000)
            assert await flushed(flushes, number & 1) is None

    asyncio.run(run())


def test_a_failure_is_told(flushes: Flushes) -> None:
    async def run() -> None:
        failed = await flushed(flushes, NO_FILE)
        assert failed is not None
        assert failed.errno in (errno.EINVAL, errno.EROFS)
        assert await flushed(flushes, 0) is None

    asyncio.run(run())


def test_what_is_finished_is_not_told_and_another_loop_goes_on(flushes: Flushes) -> None:
    told: list[object] = []

    async def leave() -> None:
        flushes.start(0, lambda _: None)

    async def finish() -> None:
        flushes.start(1, told.append)
        flushes.finish()
        flushes.finish()
        assert await flushed(flushes, 0) is None

    for _ in range(3):
        asyncio.run(leave())
        flushes.finish()
        asyncio.run(finish())
    assert told == []


def test_what_is_finished_says_whether_it_failed(flushes: Flushes) -> None:
    async def run() -> None:
        for _ in range(2):
            flushes.start(NO_FILE, lambda _: None)
            assert isinstance(flushes.finish(), OSError)
            assert flushes.finish() is None
            flushes.start(0, lambda _: None)
            assert flushes.finish() is None

    asyncio.run(run())


def test_what_the_process_did_not_flush_before_its_end_has_failed(files: Sequence[int]) -> None:
    flushes = ProcessFlushes(files, files[0])

    async def run() -> None:
        _suspend(flushes)
        flushes.start(0, lambda _: None)
        _kill(flushes)
        assert isinstance(flushes.finish(), OSError)
        assert await flushed(flushes, 0) is None

    asyncio.run(run())
    flushes.close()


def dirty_pages(file: int) -> int:
    """Pages of a file that no one has begun to write out (cachestat, which Linux has since 6.5)."""
    span = (ctypes.c_uint64 * 2)(0, 0)
    counts = (ctypes.c_uint64 * 5)()
    if sys.platform != "linux" or ctypes.CDLL(None).syscall(451, file, span, counts, 0):
        pytest.skip("the system does not say which pages are dirty")
    return counts[1]


def test_what_is_written_behind_is_begun_after_a_flush(files: Sequence[int]) -> None:
    # Beside this file, since the tests' own directories may be in memory.
    with tempfile.TemporaryFile(dir=Path(__file__).parent, buffering=0) as behind:
        flushes = ProcessFlushes(files, behind.fileno())

        async def run() -> None:
            behind.write(bytes(1 << 20))
            assert await flushed(flushes, 0, alone=True) is None
            assert await flushed(flushes, NO_FILE, alone=True) is not None
            assert dirty_pages(behind.fileno()) > 0, "another process writes it out"
            assert await flushed(flushes, 0) is None
            # The process has called for it once it answers again.
            assert await flushed(flushes, NO_FILE) is not None
            assert dirty_pages(behind.fileno()) == 0

        asyncio.run(run())
        flushes.close()


def _kill(flushes: ProcessFlushes) -> None:
    flushes._process.kill()
    flushes._process.wait()


def _end(flushes: ProcessFlushes) -> None:
    """Kill the process, and leave it to others to wait for it."""
    flushes._process.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, flushes._process.pid, os.WEXITED | os.WNOWAIT)


def _suspend(flushes: ProcessFlushes) -> None:
    flushes._process.send_signal(signal.SIGSTOP)


@pytest.mark.parametrize(("before", "is_lost"), [(_kill, False), (_suspend, True)])
def test_after_the_process_has_ended_a_thread_goes_on(
    files: Sequence[int], before: Callable[[ProcessFlushes], None], is_lost: bool
) -> None:
    """What the process had begun has failed: if it died of an error, that has been reported, and
    another flush would succeed without having written anything."""
    flushes = ProcessFlushes(files, files[0])

    async def run() -> None:
        problems: list[object] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, problem: problems.append(problem))
        assert await flushed(flushes, 0) is None
        before(flushes)
        waiting = asyncio.ensure_future(flushed(flushes, 1))
        await asyncio.sleep(0)
        _kill(flushes)
        assert isinstance(await waiting, FlushLost) is is_lost
        failed = await flushed(flushes, NO_FILE)
        assert failed is not None
        assert await flushed(flushes, 0) is None
        flushes.start(0, lambda _: None)
        flushes.finish()
        assert problems == []

    asyncio.run(run())
    flushes.close()


def test_a_process_that_has_ended_is_no_zombie(files: Sequence[int]) -> None:
    flushes = ProcessFlushes(files, files[0])

    async def run() -> None:
        assert await flushed(flushes, 0) is None
        _end(flushes)
        for _ in range(3):
            await asyncio.sleep(0)
        assert flushes._process.returncode == -signal.SIGKILL, "it was waited for"

    asyncio.run(run())
    flushes.close()


def test_the_process_ends_with_its_channel_and_not_by_signals_to_all(files: Sequence[int]) -> None:
    flushes = ProcessFlushes(files, files[0])

    async def run() -> None:
        assert await flushed(flushes, 0) is None
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            flushes._process.send_signal(each)
        assert await flushed(flushes, 1) is None
        assert flushes._instead is None

    asyncio.run(run())
    assert os.getsid(flushes._process.pid) != os.getsid(0)
    flushes.close()
    assert flushes._process.returncode == 0


def test_the_process_ends_although_a_fork_has_the_channel_as_well(files: Sequence[int]) -> None:
    flushes = ProcessFlushes(files, files[0])
    copy = flushes._channel.dup()
    flushes.close()
    copy.close()
    assert flushes._process.returncode == 0


def test_jobs_are_done_even_if_no_thread_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    done: list[int] = []
    thread = WorkThread("test")
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        for number in range(2):
            thread.put(partial(done.append, number))
        thread.finish()
    assert done == [0, 1]
    thread.put(partial(done.append, 2))
    thread.end()
    assert done == [0, 1, 2]


@pytest.mark.parametrize("executable", ["", "/nowhere/python"])
def test_without_a_process_a_thread_flushes(
    files: Sequence[int], executable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    made = make_flushes(files, files[0])
    assert isinstance(made, ThreadFlushes)
    made.close()


def test_jobs_of_a_thread_are_done_in_order_and_before_it_ends() -> None:
    thread = WorkThread("test")
    thread.finish()
    done: list[Any] = []
    for number in range(100):
        thread.put(lambda number=number: done.append(number))  # type: ignore[misc]
    thread.finish()
    assert done == list(range(100))
    thread.put(lambda: done.append(100))
    thread.end()
    assert done[-1] == 100
    thread.put(lambda: done.append(101))
    thread.end()
    assert done[-1] == 101
