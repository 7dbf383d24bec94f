"""What the API's tests share besides the servers of tests/conftest.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers import RunningServer


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever talks to the shared server talks to one on each engine."""
    if "running_server" in metafunc.fixturenames:
        metafunc.parametrize("running_server", ["lmdb", "postgres"], indirect=True)


@pytest.fixture(scope="session")
def unchecked(running_server: RunningServer) -> Iterator[Any]:
    """A boto3 client of the shared server that sends what it is given, valid or not."""
    client = running_server.client(parameter_validation=False)
    yield client
    client.close()
