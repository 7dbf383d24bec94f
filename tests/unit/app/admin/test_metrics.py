"""The page of metrics: made once for all who ask, and in turns with others."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from jedlik.app.admin.metrics import MetricsPage
from jedlik.base import turns
from jedlik.base.ids import RandomIds
from jedlik.gateway.exchange import Answer, Request
from jedlik.kernel.metrics.metric import Metric
from jedlik.kernel.metrics.recorder import Timing
from jedlik.kernel.store import Store
from jedlik.services.dynamodb.database.database import Database
from jedlik.storage.memory import MemoryEngine
from tests.simulated_clock import SimulatedClock

REQUEST = Request(b"GET", b"/metrics", {}, b"", b"", b"ID")


def latency(table: str) -> Metric:
    return Metric("N", "Latency", (("TableName", table),), "Milliseconds")


@pytest.fixture
def store() -> Store:
    return Database(MemoryEngine(), SimulatedClock(), RandomIds())


def page_of(store: Store, tables: int, *, shared: bool = False) -> MetricsPage:
    page = MetricsPage(store, dict, lambda: (), shared=shared)
    for number in range(tables):
        store.metrics.distribution(latency(f"t{number}"), Timing).add(1_000_000)
    return page


def test_who_asks_while_it_is_made_gets_that_page(store: Store) -> None:
    page = page_of(store, 200)

    async def ask() -> list[Answer]:
        together = await asyncio.gather(*(page.answer(REQUEST) for _ in range(3)))
        store.metrics.distribution(latency("new"), Timing).add(1_000_000)
        return [*together, await page.answer(REQUEST)]

    first, second, third, later = asyncio.run(ask())
    assert first.body is second.body is third.body
    assert b'table_name="t199"' in first.body
    assert first.body.endswith(b"# EOF\n")
    assert b'table_name="new"' not in first.body
    assert b'table_name="new"' in later.body


@pytest.mark.parametrize("shared", [False, True])
def test_others_have_their_turn_while_it_is_made(
    store: Store, monkeypatch: pytest.MonkeyPatch, shared: bool
) -> None:
    monkeypatch.setattr(turns.Turns, "over", True)
    kinds = 20
    page = page_of(store, 5, shared=shared)
    for number in range(kinds):  # each is a family by itself
        store.metrics.distribution(Metric("N", f"Of{number}"), Timing).add(1)

    async def turns_while(work: Coroutine[Any, Any, object]) -> int:
        working = asyncio.create_task(work)
        seen = 0
        while not working.done():
            seen += 1
            # A metric that is used for the first time meanwhile.
            store.metrics.distribution(latency(f"new{seen}"), Timing).add(1)
            store.metrics.fold()
            await asyncio.sleep(0)
        await working
        return seen

    async def ask() -> tuple[int, int]:
        return await turns_while(page.share()), await turns_while(page.answer(REQUEST))

    sharing, answering = asyncio.run(ask())
    assert sharing >= kinds * shared
    assert answering >= 2 * kinds, "its figures are read, then written"


def test_pages_of_several_processes_are_put_together(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = page_of(store, 1, shared=True), page_of(store, 2, shared=True)
    monkeypatch.setattr(other._snapshots, "process", "2")
    monkeypatch.setattr(other._snapshots, "_key", other._snapshots._prefix + b"2")

    async def ask() -> bytes:
        store.metrics.fold()
        await other.share()
        return (await one.answer(REQUEST)).body

    body = asyncio.run(ask()).decode()
    name = "jedlik_n_latency_seconds"
    assert f'{name}_count{{process="2",table_name="t1"}} 1' in body
    assert body.count(f"# TYPE {name} histogram") == 1
    assert f'{name}_count{{process="{one._snapshots.process}",table_name="t1"}} 1' in body
