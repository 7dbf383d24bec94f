"""Modules are loaded in a thread while the event loop continues."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path

import pytest

from jedlik.base.loading import load


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module that ends its loading once it is told to, and says in which thread it was."""
    name = f"loaded_late_{tmp_path.name}".replace("-", "_")
    code = (
        "import threading\nfrom tests.unit.base import test_loading\n"
        "thread = threading.current_thread()\nassert test_loading.GO_ON.wait(30)\n"
    )
    (tmp_path / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    GO_ON.clear()
    return name


GO_ON = threading.Event()


def test_the_loop_goes_on_meanwhile(module: str) -> None:
    async def scenario() -> None:
        first, second = (asyncio.ensure_future(load(module)) for _ in range(2))
        await asyncio.sleep(0)
        assert not first.done()
        GO_ON.set()  # which a loop that was held could never do
        await asyncio.gather(first, second)

    interval = sys.getswitchinterval()
    asyncio.run(scenario())
    assert sys.modules[module].thread is not threading.current_thread()
    assert sys.getswitchinterval() == interval


def test_what_is_loaded_is_not_waited_for() -> None:
    async def scenario() -> None:
        await load("json")
        with pytest.raises(StopIteration):
            load("json").send(None)

    asyncio.run(scenario())


def test_a_module_that_cannot_be_loaded_is_left_to_its_import() -> None:
    asyncio.run(load("jedlik.there_is_no_such_module"))


def test_code_that_was_replaced_under_the_server_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    name = f"replaced_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text("str(nothing=1)")
    monkeypatch.syspath_prepend(tmp_path)
    asyncio.run(load("a_library_that_is_not_installed"))
    assert caplog.messages == []
    asyncio.run(load(name))
    (message,) = caplog.messages
    assert message.startswith("code could not be loaded (TypeError: ")
    assert message.endswith("if Jedlik was upgraded while this server ran, restart it")


def test_other_work_in_threads_delays_no_module(module: str) -> None:
    GO_ON.set()
    ends = threading.Event()

    async def scenario() -> None:
        busy = [asyncio.ensure_future(asyncio.to_thread(ends.wait, 30)) for _ in range(64)]
        await asyncio.sleep(0)
        try:
            async with asyncio.timeout(10):
                await load(module)
        finally:
            ends.set()
            await asyncio.gather(*busy)

    asyncio.run(scenario())
