"""The contract of `jedlik.storage.contract` over every engine, and over broken ones."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from jedlik.storage.contract import CHECKS, ContractBroken, clean, contents, end_of, run_check
from jedlik.storage.engine import Changes, Engine, Page, Value, WriteTask
from jedlik.storage.memory import MemoryEngine
from tests.engines.makers import MAKERS, Maker

PLACES = [
    (name, prefix)
    # Where the keys lie matters to how an engine stores them, not to its settings: engines with
    # others have all checks run in the test below, which takes a new store for all of them.
    for name in ("memory", "logged", "shared", "sqlite", "postgres")
    for prefix in (b"contract/", b"", b"p" * 508, b"\xff")
]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(("name", "prefix"), PLACES)
def test_an_engine_keeps_the_contract(name: str, prefix: bytes, check: str, tmp_path: Path) -> None:
    async def run() -> None:
        engine = MAKERS[name](tmp_path)()
        await run_check(engine, check, prefix, seed=7)
        assert await contents(engine, b"") == []
        await engine.close()

    asyncio.run(run())


def test_every_engine_passes_and_its_other_data_are_left_alone(maker: Maker) -> None:
    others = {b"a": b"1", b"contract": b"2", b"contract0": b"3", b"": b"4"}

    class Put:
        keys: Sequence[bytes] = ()

        def decide(self, values: Sequence[Value]) -> Changes[int]:
            return Changes(others, len(values))

    async def run() -> None:
        engine = maker()
        await engine.write(Put())
        for check in CHECKS:
            await run_check(engine, check, b"contract/", seed=11)
        assert await contents(engine, b"") == sorted(others.items())
        await clean(engine, b"")
        assert await contents(engine, b"") == []
        await engine.close()

    asyncio.run(run())


def test_end_of_a_prefix() -> None:
    assert end_of(b"a") == b"b"
    assert end_of(b"a\xff\xff") == b"b"
    assert end_of(b"\xff") is None
    assert end_of(b"") is None


# --- A contract that nothing can break proves nothing: each of these engines must be found out ----


class LosesOneOfTwo(MemoryEngine):
    """Every task sees the state before the batch: updates get lost."""

    async def write(self, task: WriteTask[object]) -> object:
        values = await self.read(task.keys)
        await asyncio.sleep(0)
        changes = task.decide(values)
        for key, value in changes.values.items():
            self._put(key, value)
        return changes.result


class HalfApplies(MemoryEngine):
    """Puts what a failing task would have put."""

    async def write(self, task: WriteTask[object]) -> object:
        try:
            return await super().write(task)
        except Exception:
            for key in getattr(task, "puts", {}):
                self._put(key, b"x")
            raise


class CutsKeys(MemoryEngine):
    """Takes keys for equal that agree in their first 511 bytes."""

    def _put(self, key: bytes, value: Value) -> None:
        super()._put(key[:511], value)


class ForgetsMore(MemoryEngine):
    """Never says that a range goes on."""

    async def range(self, *args: object, **options: object) -> Page:
        page = await super().range(*args, **options)  # type: ignore[arg-type]
        return page._replace(more=False)


class ReadsBesideLater(MemoryEngine):
    """Takes no snapshot over several keys."""

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        values = []
        for key in keys:
            values += await super().read([key])
            await asyncio.sleep(0)
        return values


BROKEN: list[tuple[type[Engine], str]] = [
    (LosesOneOfTwo, "one creator wins"),
    (LosesOneOfTwo, "random walk"),
    (HalfApplies, "a failing task fails alone"),
    (CutsKeys, "keys of any length"),
    (ForgetsMore, "ranges"),
    (ReadsBesideLater, "snapshots"),
]


@pytest.mark.parametrize(("broken", "check"), BROKEN)
def test_a_broken_engine_is_found_out(broken: type[Engine], check: str) -> None:
    async def run() -> None:
        await run_check(broken(), check, b"x", seed=7)

    with pytest.raises(ContractBroken):
        asyncio.run(run())
