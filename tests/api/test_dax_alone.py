"""`jedlik dax`: the cache alone, in front of another server."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from amazondax.DaxError import DaxServiceError
from botocore.exceptions import ClientError

from tests.api.dax_alone import Alone
from tests.api.making import make
from tests.conftest import StartServer
from tests.servers import ACCESS_KEY, SECRET_KEY, jedlik


@pytest.fixture
def start_alone(tmp_path: Path) -> Iterator[Any]:
    started: list[Alone] = []

    def start(url: str, *options: str | Path) -> Alone:
        started.append(Alone(tmp_path, url, *options))
        return started[-1]

    yield start
    for each in started:
        with contextlib.suppress(ProcessLookupError):
            each.process.kill()
        each.process.wait(10)


def test_a_cache_in_front_of_a_server_that_verifies(
    start_server: StartServer, start_alone: Any, tmp_path: Path
) -> None:
    server = start_server("--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY)
    table = make(server.client(), "pk")
    keys = ("--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY)
    alone = start_alone(server.url, "--data", tmp_path / "lists", *keys)
    client = alone.client()
    item = {"pk": {"S": "a"}, "v": {"B": b"\x00"}, "n": {"N": "1.5"}}
    client.put_item(TableName=table, Item=item)
    server.client().delete_item(TableName=table, Key={"pk": {"S": "a"}})
    assert client.get_item(TableName=table, Key={"pk": {"S": "a"}})["Item"] == item
    found = client.get_item(TableName=table, Key={"pk": {"S": "a"}}, ConsistentRead=True)
    assert "Item" not in found
    with pytest.raises(ClientError) as refused:
        client.put_item(TableName=table, Item=item, ConditionExpression="attribute_exists(pk)")
    assert refused.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    with pytest.raises(DaxServiceError, match="InvalidSignatureException"):
        alone.client("wrong").get_item(TableName=table, Key={"pk": {"S": "a"}})
    client.close()
    assert alone.stop() == 0
    assert "Traceback" not in alone.log.read_text()


def test_a_database_that_does_not_answer(start_alone: Any) -> None:
    alone = start_alone("http://127.0.0.1:1", "--memory")
    client = alone.client()
    with pytest.raises(ClientError) as failed:
        client.get_item(TableName="table", Key={"pk": {"S": "a"}})
    assert "did not answer" in failed.value.response["Error"]["Message"]
    client.close()


@pytest.mark.parametrize(
    "options",
    [
        (), ("--upstream", "nonsense"), ("--upstream", "http://h:1/path"),
        ("--upstream", "http://h:1", "--access-key", "a"),
        ("--upstream", "http://h:1", "--advertise", "a:b:c"),
    ],
)  # fmt: skip
def test_invalid_options_end_with_code_2(options: tuple[str, ...]) -> None:
    ended = jedlik("dax", *options)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr


def test_an_address_that_others_reach_takes_a_word(tmp_path: Path) -> None:
    ended = jedlik(
        "dax", "--upstream", "http://h:1", "--memory", "--host", "0.0.0.0", "--port", "0"
    )
    assert ended.returncode == 2
    assert "--insecure" in ended.stderr
