"""Servers and clients for tests.

server, dynamodb       the URL of a server with its data in LMDB, one for each test process, and
                       a boto3 client of it; tests share it, so they name tables by `table_name`
running_server         the same server as an object: raw calls, sockets, its log
start_server(...)      a separate server for the test: start_server("--workers", "2"),
                       start_server("--memory"), start_server(variables={...})
"""

from __future__ import annotations

import gc
import itertools
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.api.through_dax import ThroughDax
from tests.postgres import shared_server
from tests.properties import QUICK
from tests.scratch import write_into_memory
from tests.servers import RunningServer, start_over_workers

settings.load_profile(QUICK)
write_into_memory()

StartServer = Callable[..., RunningServer]

_numbers = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--dax", action="store_true", help="requests for items go through a cache")
    parser.addoption("--workers", type=int, default=1, help="how many workers all servers have")


def pytest_configure(config: pytest.Config) -> None:
    """Servers that tests start have as many workers as --workers says."""
    start_over_workers(config.getoption("--workers"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --workers, skip tests marked `one_process`, with the reason."""
    if config.getoption("--workers") > 1:
        for item in items:
            marked = item.get_closest_marker("one_process")
            if marked is not None:
                item.add_marker(pytest.mark.skip(reason=marked.args[0]))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Modules and tests live to the end: so the garbage collector skips them, which would otherwise
    take a tenth of all the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def server_on(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], RunningServer]]:
    """The server on an engine that all tests of this process share, started when first needed.

    Not a parametrized fixture: pytest ends one before it makes the next.
    """
    started: dict[str, RunningServer] = {}

    def server_on(engine: str) -> RunningServer:
        if engine not in started:
            scratch = tmp_path_factory.mktemp("server")
            dax = ("--dax", "--dax-port", "0") if request.config.getoption("--dax") else ()
            place: tuple[str | Path, ...] = ("--data", scratch / "data", *dax)
            if engine == "postgres":
                place = ("--engine", shared_server().new_schema())
            started[engine] = RunningServer(scratch, *place, fresh=True)
        return started[engine]

    try:
        yield server_on
        ended = [(each, each.stop()) for each in started.values()]
    finally:
        for each in started.values():
            each.kill()
    for each, code in ended:
        assert code == 0, each.log()


@pytest.fixture(scope="session")
def running_server(
    request: pytest.FixtureRequest, server_on: Callable[[str], RunningServer]
) -> RunningServer:
    """A server that all tests of this process share; tests/api has one on each engine."""
    return server_on(getattr(request, "param", "lmdb"))


@pytest.fixture(scope="session")
def server(running_server: RunningServer) -> str:
    """The shared server's URL."""
    return running_server.url


@pytest.fixture(scope="session")
def dynamodb(running_server: RunningServer, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A boto3 client of the shared server; with --dax items pass through a cache of it."""
    through_dax = request.config.getoption("--dax")
    client = ThroughDax(running_server) if through_dax else running_server.client()
    yield client
    client.close()


@pytest.fixture
def table_name(request: pytest.FixtureRequest) -> str:
    """A table name that no other test has."""
    name = "".join(char if char.isalnum() else "-" for char in request.node.name)
    return f"{name[:200]}-{next(_numbers)}"


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Starts servers that end with the test: `start_server(*options, data=..., variables=...)`.

    Data are kept in `data`, by default a directory below the test's `tmp_path`; with `--memory`
    among the options, in memory.
    """
    started: list[RunningServer] = []

    def start(
        *options: str | Path, data: Path | None = None, scratch: Path | None = None, **more: Any
    ) -> RunningServer:
        scratch = scratch or tmp_path / f"server-{len(started)}"
        scratch.mkdir(exist_ok=True)
        if "--memory" not in options:
            options = ("--data", data or tmp_path / "data", *options)
        server = RunningServer(scratch, *options, **more)
        started.append(server)
        return server

    yield start
    for each in started:
        each.kill()
