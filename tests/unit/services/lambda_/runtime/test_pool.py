"""Warm processes: reused, dropped, limited in number, and ended at the end."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Hashable
from pathlib import Path

import pytest

from jedlik.services.lambda_.runtime.pool import Pool, Prepare
from jedlik.services.lambda_.runtime.process import FunctionRequest, Start
from tests.waiting import until

SOURCE = """
import os, time
def handler(event, context):
    time.sleep(event.get("sleep", 0))
    return os.getpid()
"""


def start_of(directory: Path) -> Start:
    (directory / "handler.py").write_text(SOURCE)
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_LAMBDA_FUNCTION_NAME": "f",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_LOG_GROUP_NAME": "g",
        "AWS_LAMBDA_LOG_STREAM_NAME": "s",
        "LAMBDA_TASK_ROOT": str(directory),
        "_HANDLER": "handler.handler",
    }
    return Start(sys.executable, directory, environment)


def prepared(key: str, start: Start) -> Prepare:
    async def prepare() -> tuple[Hashable, Start]:
        return key, start

    return prepare


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def request(event: bytes = b"{}") -> FunctionRequest:
    return FunctionRequest("r", "arn", event, 10.0)


def test_processes_are_used_again_and_end_with_the_pool(tmp_path):
    async def scenario() -> None:
        pool = Pool(4)
        start = start_of(tmp_path)
        first = int((await pool.run("f", prepared("k", start), request())).payload)
        assert int((await pool.run("f", prepared("k", start), request())).payload) == first
        slow = [pool.run("f", prepared("k", start), request(b'{"sleep": 0.2}')) for _ in range(6)]
        pids = {int(each.payload) for each in await asyncio.gather(*slow)}
        assert len(pids) == 3, "one place is left to other functions"
        other = int((await pool.run("f", prepared("other", start), request())).payload)
        assert other not in pids
        pool.forget("other")
        assert pool.keys() == ["k"]
        await pool.close()
        assert not any(map(is_alive, pids))

    asyncio.run(scenario())


def test_who_waits_is_prepared_when_it_is_their_turn(tmp_path):
    """What was prepared before, a session say, may be over by then."""

    async def scenario() -> None:
        pool = Pool(1)
        start = start_of(tmp_path)
        running = asyncio.ensure_future(
            pool.run("f", prepared("k", start), request(b'{"sleep": 0.3}'))
        )
        await asyncio.sleep(0)
        early = []

        async def prepare() -> tuple[Hashable, Start]:
            early.append(not running.done())
            return "k", start

        await pool.run("f", prepare, request())
        assert early == [False]
        await pool.close()

    asyncio.run(scenario())


def test_what_cannot_be_prepared_takes_no_place(tmp_path):
    async def scenario() -> None:
        pool = Pool(1)

        async def fails() -> tuple[Hashable, Start]:
            raise PermissionError

        for _ in range(2):
            with pytest.raises(PermissionError):
                await pool.run("f", fails, request())
        told = await pool.run("f", prepared("k", start_of(tmp_path)), request())
        assert told.error is None
        await pool.close()

    asyncio.run(scenario())


def test_a_process_that_is_cancelled_while_it_starts_answers_no_other_event(tmp_path):
    """Its report that it is ready would be taken for the answer to the next one."""

    async def scenario() -> None:
        pool = Pool(1)
        start = start_of(tmp_path)
        gate = tmp_path / "gate"
        (tmp_path / "handler.py").write_text(
            f"import pathlib, time\n(gate := pathlib.Path({str(gate)!r})).with_name('here').touch()"
            "\nwhile not gate.exists(): time.sleep(0.01)\ndef handler(event, context): return event"
        )
        starting = asyncio.ensure_future(pool.run("f", prepared("k", start), request(b'"first"')))
        await until((tmp_path / "here").exists)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        assert pool.keys() == []
        gate.touch()
        told = await pool.run("f", prepared("k", start), request(b'"second"'))
        assert told.payload == b'"second"'
        await pool.close()

    asyncio.run(scenario())


def test_a_process_that_is_cancelled_is_killed(tmp_path):
    async def scenario() -> None:
        pool = Pool(1)
        start = start_of(tmp_path)
        pid = int((await pool.run("f", prepared("k", start), request())).payload)
        running = asyncio.ensure_future(
            pool.run("f", prepared("k", start), request(b'{"sleep": 30}'))
        )
        await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert pool.keys() == []
        await pool.close()
        await until(lambda: not is_alive(pid))

    asyncio.run(scenario())
