"""What the API's tests share besides the servers of tests/conftest.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.accounts import Account
from tests.api.through_dax import cannot
from tests.servers import ACCESS_KEY, SECRET_KEY, RunningServer


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever talks to the shared server talks to one on each engine.

    What is marked as `one_engine` never comes to one, or is about what others say to the server.
    """
    if "running_server" in metafunc.fixturenames:
        alone = metafunc.definition.get_closest_marker("one_engine")
        either = metafunc.config.getoption("--dax") or alone
        engines = ["lmdb"] if either else ["lmdb", "postgres"]
        metafunc.parametrize("running_server", engines, indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --dax, what DAX's client or a cache cannot do is skipped, and the reason given."""
    if config.getoption("--dax"):
        for item in items:
            reason = cannot(item.name)
            if reason is not None:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def unchecked(running_server: RunningServer) -> Iterator[Any]:
    """A boto3 client of the shared server that sends what it is given, valid or not."""
    client = running_server.client(parameter_validation=False)
    yield client
    client.close()


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account that the tests of a module share."""
    scratch = tmp_path_factory.mktemp("account")
    server = RunningServer(
        scratch, "--data", scratch / "data", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY
    )
    yield Account(server)
    server.kill()
