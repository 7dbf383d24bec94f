"""Drivers of DAX clients: built once per session, and stopped after the test that started them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clients.drivers import DAX_LANGUAGES, Driver, built
from tests.servers import ACCESS_KEY, SECRET_KEY

Connect = Callable[..., Driver]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark all tests here as `clients`: they need compilers and package registries."""
    item.add_marker(pytest.mark.clients)


@pytest.fixture(scope="session", params=DAX_LANGUAGES)
def driver_command(request: pytest.FixtureRequest) -> list[str]:
    """The command that starts a language's driver; the test runs once for each language."""
    return built(request.param)


@pytest.fixture
def connect(driver_command: list[str], tmp_path: Path) -> Iterator[Connect]:
    """`connect(endpoint, credentials=(key, secret, token), trust=file)` starts a driver."""
    started: list[Driver] = []

    def start(
        endpoint: str,
        credentials: tuple[str, ...] = (ACCESS_KEY, SECRET_KEY),
        trust: Path | None = None,
    ) -> Driver:
        started.append(Driver(driver_command, endpoint, credentials, tmp_path, trust))
        return started[-1]

    yield start
    for each in started:
        each.close()
