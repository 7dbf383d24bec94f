"""Both kinds of flushes: the kernel's, where it has them, and a thread's."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from jedlik.storage import flushes as flushes_module
from jedlik.storage.flushes import Flushes, KernelFlushes, ThreadFlushes, WorkThread, make_flushes


@pytest.fixture(params=[KernelFlushes, ThreadFlushes])
def flushes(request: pytest.FixtureRequest) -> Iterator[Flushes]:
    try:
        made: Flushes = request.param()
    except OSError:
        pytest.skip("this kernel does not flush by itself")
    yield made
    made.close()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    yield descriptor
    os.close(descriptor)


async def flushed(flushes: Flushes, file: int) -> OSError | None:
    done: asyncio.Future[OSError | None] = asyncio.get_running_loop().create_future()
    flushes.start(file, done.set_result)
    assert not done.done(), "it is told on the loop, later"
    async with asyncio.timeout(30):
        return await done


def test_one_after_the_other(flushes: Flushes, file: int) -> None:
    async def run() -> None:
        for number in range(20):
            os.pwrite(file, bytes(5000), number * 5000)
            assert await flushed(flushes, file) is None

    asyncio.run(run())


def test_a_failure_is_told(flushes: Flushes, file: int) -> None:
    async def run() -> None:
        reading, writing = os.pipe()
        try:
            failed = await flushed(flushes, writing)
        finally:
            os.close(reading)
            os.close(writing)
        assert failed is not None
        assert failed.errno in (errno.EINVAL, errno.EROFS)
        failed = await flushed(flushes, 9999)
        assert failed is not None
        assert failed.errno == errno.EBADF
        assert await flushed(flushes, file) is None

    asyncio.run(run())


def test_what_is_finished_is_not_told_and_another_loop_goes_on(flushes: Flushes, file: int) -> None:
    told: list[object] = []

    async def leave() -> None:
        flushes.start(file, lambda _: None)

    async def finish() -> None:
        flushes.start(file, told.append)
        flushes.finish()
        flushes.finish()
        assert await flushed(flushes, file) is None

    for _ in range(3):
        asyncio.run(leave())
        flushes.finish()
        asyncio.run(finish())
    assert told == []


def test_a_system_without_the_kernels_has_those_of_a_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flushes_module.platform, "machine", lambda: "abacus")
    made = make_flushes()
    assert isinstance(made, ThreadFlushes)
    made.close()


def test_jobs_of_a_thread_are_done_in_order_and_before_it_ends() -> None:
    thread = WorkThread("test")
    thread.finish()
    done: list[int] = []
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
