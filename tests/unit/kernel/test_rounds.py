"""Loops: a failure in a round is logged and does not end them."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from jedlik.kernel import rounds
from jedlik.kernel.rounds import failures_logged, wait_for_first_key, wait_for_wake
from jedlik.storage.blind_write import BlindWrite
from jedlik.storage.failures import StorageFull, StorageUnavailable
from jedlik.storage.memory import MemoryEngine
from tests.waiting import until

log = logging.getLogger("jedlik.test")
KEYSPACE = b"\x07"


@pytest.mark.parametrize(
    ("failure", "level", "text"),
    [
        (StorageUnavailable("away"), "WARNING", "the work waits for the storage: away"),
        (StorageFull("full"), "WARNING", "the work waits until there is room: full"),
        (ValueError("wrong"), "ERROR", "the work failed; it will be retried"),
    ],
)
def test_failures_are_logged(
    caplog: pytest.LogCaptureFixture, failure: Exception, level: str, text: str
) -> None:
    with failures_logged(log, "the work"):
        raise failure
    (record,) = caplog.records
    assert (record.levelname, record.getMessage()) == (level, text)
    assert (record.exc_info is None) is (level == "WARNING")
    assert getattr(record, "rate_limited", False) is (level == "WARNING")


def test_what_goes_well_is_not_mentioned_and_an_end_is_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with failures_logged(log, "the work"):
        pass
    with pytest.raises(asyncio.CancelledError), failures_logged(log, "the work"):
        raise asyncio.CancelledError
    assert caplog.records == []


def test_a_round_begins_when_it_is_woken_or_in_time() -> None:
    async def scenario() -> None:
        wake = asyncio.Event()
        await wait_for_wake(wake, 0.001)
        assert not wake.is_set()
        wake.set()
        await wait_for_wake(wake, None)

    asyncio.run(scenario())


def test_the_first_key_of_a_keyspace_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "POLL_SECONDS", 0.001)
    failures = [StorageUnavailable("away")]

    class Engine(MemoryEngine):
        async def range(self, *given: Any, **more: Any) -> Any:
            if failures:
                raise failures.pop()
            return await super().range(*given, **more)

    async def scenario() -> None:
        engine = Engine()
        waiting = asyncio.ensure_future(wait_for_first_key(KEYSPACE, engine, log, "the work"))
        await engine.write(BlindWrite({b"\x08": b""}))
        await until(lambda: not failures)
        assert not waiting.done()
        await engine.write(BlindWrite({KEYSPACE + b"a": b""}))
        async with asyncio.timeout(10):
            await waiting

    asyncio.run(scenario())
