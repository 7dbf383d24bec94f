"""Fixtures of the API tests, besides the servers of tests/conftest.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.accounts import Account
from tests.api.through_dax import cannot
from tests.servers import ACCESS_KEY, SECRET_KEY, RunningServer


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests of `running_server` on LMDB and on PostgreSQL.

    With --dax, or the marker `one_engine` (the engine makes no difference), only on LMDB.
    """
    if "running_server" in metafunc.fixturenames:
        alone = metafunc.definition.get_closest_marker("one_engine")
        either = metafunc.config.getoption("--dax") or alone
        engines = ["lmdb"] if either else ["lmdb", "postgres"]
        metafunc.parametrize("running_server", engines, indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --dax, skip what a DAX client or a cache cannot do, with the reason."""
    if config.getoption("--dax"):
        for item in items:
            reason = cannot(item.name)
            if reason is not None:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def unchecked(running_server: RunningServer) -> Iterator[Any]:
    """A boto3 client of the shared server that sends parameters without validating them."""
    client = running_server.client(parameter_validation=False)
    yield client
    client.close()


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account on a server with credentials, shared by the tests of a module."""
    scratch = tmp_path_factory.mktemp("account")
    server = RunningServer(
        scratch, "--data", scratch / "data", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY
    )
    yield Account(server)
    server.kill()
