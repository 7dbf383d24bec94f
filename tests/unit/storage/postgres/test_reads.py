"""Reads that share statements, with a pool that answers as a database would."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from jedlik.storage.failures import StorageUnavailable
from jedlik.storage.postgres import reads as module
from jedlik.storage.postgres.connections import Conflict, ConnectionLost
from jedlik.storage.postgres.longkeys import HEAD, stored_key, stored_value
from jedlik.storage.postgres.reads import IN_FLIGHT, Reads, by_key, patiently, stored

ROWS = {b"a": b"1", b"b": b"2", b"x" * (HEAD + 1): b"long"}


class Database:
    """Takes the pool's and a connection's place. A statement waits while `held` is not set;
    `failures` are raised by the first ones."""

    def __init__(self, *failures: Exception) -> None:
        self.statements: list[list[bytes]] = []
        self.held = asyncio.Event()
        self.held.set()
        self._failures = list(failures)

    async def use(self, work: Callable[[Any], Awaitable[Any]], _deadline: float) -> Any:
        if self._failures:
            raise self._failures.pop(0)
        return await work(self)

    async def fetch(self, _statement: str, keys: list[bytes]) -> list[Any]:
        self.statements.append(keys)
        await self.held.wait()
        rows = {stored_key(key): stored_value(key, value) for key, value in ROWS.items()}
        return [(key, rows[key]) for key in keys if key in rows]


def reads_of(database: Database) -> Reads:
    return Reads(database)  # type: ignore[arg-type]


def test_callers_of_one_turn_share_a_statement() -> None:
    async def run() -> None:
        database = Database()
        reads = reads_of(database)
        first, second = reads.join([b"a", b"b"]), reads.join([b"b", b"none"])
        assert await first == [b"1", b"2"]
        assert await second == [b"2", None]
        assert database.statements == [[b"a", b"b", b"none"]]
        await reads.close()

    asyncio.run(run())


def test_long_keys_are_read_by_their_heads() -> None:
    async def run() -> None:
        reads = reads_of(Database())
        assert await reads.join([b"x" * (HEAD + 1), b"x" * (HEAD + 2)]) == [b"long", None]

    asyncio.run(run())


def test_further_reads_gather_while_statements_are_on_their_way() -> None:
    async def run() -> None:
        database = Database()
        database.held.clear()
        reads = reads_of(database)
        futures = []
        for _ in range(6):
            futures.append(reads.join([b"a"]))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert len(database.statements) == IN_FLIGHT
        database.held.set()
        assert await asyncio.gather(*futures) == [[b"1"]] * 6
        assert len(database.statements) == IN_FLIGHT + 1, "the others shared one"
        await reads.close()

    asyncio.run(run())


def test_a_statement_takes_no_further_caller_once_it_is_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_KEYS", 2)

    async def run() -> None:
        database = Database()
        reads = reads_of(database)
        futures = [reads.join([b"a"]), reads.join([b"b"]), reads.join([b"c"])]
        await asyncio.gather(*futures)
        assert sorted(map(len, database.statements)) == [1, 2]

    asyncio.run(run())


def test_more_than_may_wait_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 1)

    async def run() -> None:
        reads = reads_of(Database())
        waiting = reads.join([b"a"])
        with pytest.raises(StorageUnavailable, match="1 reads are waiting already"):
            reads.join([b"a"])
        assert await waiting == [b"1"]

    asyncio.run(run())


def test_all_callers_get_the_failure_of_their_statement() -> None:
    async def run() -> None:
        reads = reads_of(Database(ValueError("broken")))
        futures = [reads.join([b"a"]), reads.join([b"b"])]
        for each in futures:
            with pytest.raises(StorageUnavailable, match="broken"):
                await each
        assert await reads.join([b"a"]) == [b"1"], "the next one is another statement"

    asyncio.run(run())


def test_a_caller_that_went_away_holds_up_no_other() -> None:
    async def run() -> None:
        reads = reads_of(Database())
        gone, other = reads.join([b"a"]), reads.join([b"b"])
        gone.cancel()
        assert await other == [b"2"]
        await reads.close()

    asyncio.run(run())


@pytest.mark.parametrize("failure", [ConnectionLost("gone"), Conflict("others")])
def test_what_breaks_is_tried_again_until_the_deadline(failure: Exception) -> None:
    async def run(seconds: float) -> Any:
        async def work(_connection: Any) -> str:
            return "done"

        now = asyncio.get_running_loop().time()
        return await patiently(Database(failure), work, now + seconds)  # type: ignore[arg-type]

    assert asyncio.run(run(60)) == "done"
    with pytest.raises(StorageUnavailable, match="the database does not answer"):
        asyncio.run(run(-1))


def test_stored_keys_and_their_rows() -> None:
    keys: Sequence[bytes] = list(ROWS)
    assert stored(keys) == [stored_key(key) for key in keys]
    rows = [(stored_key(key), stored_value(key, value)) for key, value in ROWS.items()]
    assert by_key(rows) == ROWS
