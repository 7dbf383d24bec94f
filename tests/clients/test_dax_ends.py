"""Requests of DAX's clients that end without an answer: each kind of error, an expired session, a
deleted cluster."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.api.failing_cache import ERRORS, TRIED_AGAIN, Failing, failing_cache
from tests.clients.conftest import Connect
from tests.clients.dax_endpoint import endpoint, key, keyed_table
from tests.clients.drivers import Driver
from tests.conftest import StartServer
from tests.servers import ACCESS_KEY, SECRET_KEY

OTHER_NAMES: Final = {
    "InternalServerError": ("AmbiguousWriteFailureException", "InternalServerErrorException"),
}
"""What clients call an error otherwise: in Java, a write whose server failed; in JavaScript."""
CREDENTIALS: Final = ("--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY)
SESSION: Final = 900
"""Seconds of the shortest session, which is as long as a signature may be late."""
LEFT: Final = 45


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Failing]:
    with failing_cache(tmp_path_factory.mktemp("failing")) as made:
        yield made


@pytest.mark.parametrize("error", ERRORS)
def test_each_kind_of_error(error: str, failing: Failing, connect: Connect) -> None:
    server, cache = failing
    table = keyed_table(server)
    driver = connect(f"dax://127.0.0.1:{cache.port}")
    answer = driver.ask("PutItem", {"TableName": table, "Item": key(error)})
    found = answer["error"]
    # The one in Go calls two kinds unknown, and has the name in the text.
    assert found["code"] in (error, *OTHER_NAMES.get(error, ())) or (
        found["code"] == "Unknown" and error in found["message"]
    )


@pytest.mark.parametrize("error", TRIED_AGAIN)
def test_what_passes_is_tried_again(error: str, failing: Failing, connect: Connect) -> None:
    server, cache = failing
    table = keyed_table(server)
    driver = connect(f"dax://127.0.0.1:{cache.port}")
    asked = {"TableName": table, "Key": key(error), "ConsistentRead": True}
    assert "output" in driver.ask("GetItem", asked)


def test_a_session_that_expires(
    start_server: StartServer, connect: Connect, tmp_path: Path
) -> None:
    """Its requests are answered until then, and refused afterwards; those of others are still
    answered."""
    data = tmp_path / "data"
    before = start_server(*CREDENTIALS, data=data)
    table = keyed_table(before)
    made = before.client("sts").get_session_token(DurationSeconds=SESSION)["Credentials"]
    assert before.stop() == 0
    ahead = tmp_path / "ahead"
    ahead.mkdir()
    (ahead / "sitecustomize.py").write_text(
        f"import time\nnow = time.time\ntime.time = lambda: now() + {SESSION - LEFT}\n"
    )
    server = start_server(
        "--dax", "--dax-port", "0", *CREDENTIALS, data=data, fresh=True,
        variables={"PYTHONPATH": str(ahead)},
    )  # fmt: skip
    found = (made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    driver = connect(endpoint(server), credentials=found)
    asked = {"TableName": table, "Key": key("a"), "ConsistentRead": True}
    assert "output" in driver.ask("GetItem", asked)
    until_refused(driver, asked)
    other = connect(endpoint(server))
    assert "output" in other.ask("GetItem", asked)


def until_refused(driver: Driver, asked: dict[str, Any]) -> None:
    deadline = time.monotonic() + 2 * LEFT
    while "output" in driver.ask("GetItem", asked):
        assert time.monotonic() < deadline, "it goes on"
        time.sleep(1)


def test_a_cluster_that_is_deleted(start_server: StartServer, connect: Connect) -> None:
    """Its client gets an error within a bounded time, and another cluster's client continues."""
    server = start_server("--dax", "--dax-port", "0")
    dax, table = server.client("dax"), keyed_table(server)
    dax.create_cluster(
        ClusterName="short-lived", NodeType="dax.r5.large", ReplicationFactor=1,
        IamRoleArn="arn:aws:iam::000000000000:role/dax",
    )  # fmt: skip
    asked = {"TableName": table, "Key": key("a")}
    first, second = connect(endpoint(server, "short-lived")), connect(endpoint(server))
    for driver in (first, second):
        assert "output" in driver.ask("GetItem", asked)
    dax.delete_cluster(ClusterName="short-lived")
    until_refused(first, asked)
    assert "output" in second.ask("GetItem", asked)
