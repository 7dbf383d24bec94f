"""When a store that is behind its log is asked to catch up."""

from __future__ import annotations

import asyncio

import pytest

from jedlik.storage import logged_writer
from tests.unit.storage.logged_writer_stand import Stand, run, turns


def test_a_store_that_is_behind_catches_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logged_writer, "BEHIND", 0)
    monkeypatch.setattr(logged_writer, "SYNC_INTERVAL", 0)

    async def test(stand: Stand) -> None:
        stand.disk.at_once = True
        stand.store.is_behind = True
        stand.store.catches_up = False
        await asyncio.gather(stand.write(), stand.write())
        await turns()
        assert stand.store.steps.count("catch up") > 2, "until it does"
        stand.store.catches_up = True
        await turns()
        assert not stand.store.is_behind
        stand.store.steps.clear()
        await stand.write()
        await turns()
        assert stand.store.steps == ["decide 1", "log", "store"], "it is not asked to any more"
        await stand.writer.close()

    run(test)


def test_one_that_is_behind_is_asked_once_for_all_that_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logged_writer, "BEHIND", 1000)

    async def test(stand: Stand) -> None:
        stand.disk.at_once = True
        stand.store.is_behind = True
        due = []
        for _ in range(3):
            await stand.write()
            due.append(stand.writer._catch_up_due)
        assert due[0] is not None
        assert due == due[:1] * 3
        await stand.writer.close()
        assert due[0].cancelled()

    run(test)
