"""The pytest plugin. Nothing needs to be configured; `pip install jedlik` is enough.

    def test_orders(dynamodb):
        dynamodb.create_table(...)

One server serves the whole run (with xdist, each process has its own). What a test changed is
rolled back after it. Programs find the server by the usual environment variables, so the code under
test makes its clients as it always does.

This module is imported in every run of pytest where Jedlik is installed: it loads nothing slow
before a fixture is used.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from jedlik.testing.server import LocalServer


_MARKERS: Final = ("jedlik_seed", "jedlik_fault")
_AT_START: Final = "jedlik_at_start"
_SERVER: Final = pytest.StashKey["LocalServer"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting that starts the server with the run."""
    parser.addini(
        _AT_START,
        "start the server before conftest.py and tests are imported, for clients made at import",
        type="bool",
        default=False,
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Start the server if it is to be there at import: the first fixture comes after all imports,
    and by then a client at the head of a module has looked for its endpoint."""
    if early_config.getini(_AT_START):
        running = ExitStack()
        early_config.add_cleanup(running.close)
        early_config.stash[_SERVER] = running.enter_context(_started())


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    config.addinivalue_line(
        "markers",
        "jedlik_seed(*files, call=function): before the test, put what the files say into the "
        "server and call the function with a boto3 client",
    )
    config.addinivalue_line(
        "markers", "jedlik_fault(**rule): have a fault strike requests during the test"
    )


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give tests that have a marker the server it is about, whether they name a fixture or not."""
    if not isinstance(item, pytest.Function) or "jedlik" in item.fixturenames:
        return
    if any(map(item.get_closest_marker, _MARKERS)):
        item.fixturenames.append("jedlik")


@pytest.fixture(scope="session")
def jedlik_server(request: pytest.FixtureRequest) -> Iterator[LocalServer]:
    """The server of this run, in a thread of its process; everything is kept in memory.

    A fixture of your own with this scope may put tables into it: they are there in every test.
    """
    with ExitStack() as running:
        yield request.config.stash.get(_SERVER, None) or running.enter_context(_started())


@contextmanager
def _started() -> Iterator[LocalServer]:
    """A running server that programs find by the environment."""
    server: LocalServer = importlib.import_module("jedlik.testing.server").LocalServer()
    with server, server.in_environment():
        yield server


@pytest.fixture
def jedlik(request: pytest.FixtureRequest, jedlik_server: LocalServer) -> Iterator[LocalServer]:
    """The server, for one test: what happens in it is rolled back afterwards."""
    with jedlik_server.rolled_back():
        for marker in reversed(list(request.node.iter_markers("jedlik_seed"))):
            _seed(jedlik_server, [_found(file, request) for file in marker.args])
            if "call" in marker.kwargs:
                marker.kwargs["call"](jedlik_server.client())
        for marker in reversed(list(request.node.iter_markers("jedlik_fault"))):
            jedlik_server.fault(**marker.kwargs)
        yield jedlik_server


def _seed(server: LocalServer, files: list[Path]) -> None:
    """Put files into the server; of one that cannot be read, only the reason is reported."""
    try:
        server.seed(*files)
    except importlib.import_module("jedlik.seeding.seed").SeedError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


def _found(file: str | Path, request: pytest.FixtureRequest) -> Path:
    """A seed's file, seen from the working directory (it depends on who runs the tests: shells
    start in the project, editors in the test's folder), the test's folder or pytest's root."""
    folders = (Path(), request.path.parent, request.config.rootpath)
    found = (folder / file for folder in folders if (folder / file).exists())
    return next(found, Path(file))


@pytest.fixture
def dynamodb(jedlik: LocalServer) -> Any:
    """A boto3 client of DynamoDB, on a server that is rolled back after the test."""
    return jedlik.client("dynamodb")


@pytest.fixture
def dynamodb_resource(jedlik: LocalServer) -> Any:
    """The same as a boto3 resource."""
    return jedlik.resource("dynamodb")


@pytest.fixture
def dynamodb_streams(jedlik: LocalServer) -> Any:
    """A boto3 client of DynamoDB Streams."""
    return jedlik.client("dynamodbstreams")
