"""Engines in files whose event loop ends, or that are closed while there is work."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from jedlik.storage.contract import Mix
from jedlik.storage.engine import Changes
from jedlik.storage.failures import StorageUnavailable
from tests.engines.makers import MAKERS

COUNT = b"count"

IN_FILES = pytest.mark.parametrize("name", ["logged", "shared", "sqlite"])


@IN_FILES
def test_close_finishes_what_was_accepted_and_refuses_the_rest(tmp_path: Path, name: str) -> None:
    async def test() -> None:
        engine = MAKERS[name](tmp_path)()
        accepted = [asyncio.ensure_future(engine.write(Mix(COUNT))) for _ in range(50)]
        await asyncio.sleep(0)
        await engine.close()
        assert sorted(result for result, _ in await asyncio.gather(*accepted)) == list(range(50))
        with pytest.raises(StorageUnavailable, match="closed"):
            await engine.write(Mix(COUNT))
        with pytest.raises(StorageUnavailable, match="closed"):
            await engine.read([COUNT])
        with pytest.raises(StorageUnavailable, match="closed"):
            await engine.range(b"", None)

    asyncio.run(test())


@IN_FILES
def test_a_loop_that_ends_early_leaves_the_engine_usable(tmp_path: Path, name: str) -> None:
    engine: Any = MAKERS[name](tmp_path)()

    async def leave() -> None:
        for _ in range(20):
            engine._join(Mix(COUNT))
        await asyncio.sleep(0)

    asyncio.run(leave())

    async def go_on() -> None:
        count, _ = await engine.write(Mix(COUNT))
        assert count in (0, 20)
        await engine.close()

    asyncio.run(go_on())


@IN_FILES
def test_a_batch_without_changes_is_not_committed(tmp_path: Path, name: str) -> None:
    class Look:
        keys = (COUNT,)

        def decide(self, values: Any) -> Changes[Any]:
            return Changes({}, values[0])

    async def test() -> None:
        engine: Any = MAKERS[name](tmp_path)()
        await engine.write(Mix(COUNT))
        before = engine.state()
        assert await engine.write(Look()) == b"1"
        assert engine.state() == before
        await engine.close()

    asyncio.run(test())
