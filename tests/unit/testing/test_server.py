"""The server for test suites: real boto3, one server, tests that do not affect each other."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from jedlik.testing import LocalServer

MUSIC: dict[str, Any] = {
    "TableName": "music",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "artist", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "artist", "AttributeType": "S"}],
}
HASHED: dict[str, Any] = {
    **MUSIC,
    "AttributeDefinitions": [
        {"AttributeName": "artist", "AttributeType": "N"},
    ],
}
ADA = {"artist": {"S": "ada"}}


@pytest.fixture(scope="module")
def local() -> Iterator[LocalServer]:
    with LocalServer() as server:
        yield server


@pytest.fixture
def client(local: LocalServer) -> Iterator[Any]:
    with local.rolled_back():
        yield local.client()


def test_a_server_starts_in_well_under_half_a_second() -> None:
    with LocalServer():
        pass  # what is loaded once in a process is loaded now
    began = time.process_time()
    with LocalServer() as server:
        assert server.url.startswith("http://127.0.0.1:")
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("attempt", range(3))
def test_what_a_test_makes_is_gone_after_it(client: Any, attempt: int) -> None:
    assert client.list_tables()["TableNames"] == []
    client.create_table(**(HASHED if attempt == 1 else MUSIC))
    item = {"artist": {"N": "1"}} if attempt == 1 else ADA
    client.put_item(TableName="music", Item=item)
    assert client.get_item(TableName="music", Key=item)["Item"] == item


def test_connections_end_with_the_test_that_made_them(local: LocalServer) -> None:
    """A suite of thousands of tests must not run out of sockets."""

    def count() -> int:
        return sum(1 for _ in Path("/dev/fd").iterdir())

    before = count()
    for _ in range(5):
        with local.rolled_back():
            client = local.client()
            client.list_tables()
            local.resource().meta.client.list_tables()
            assert count() > before
    deadline = time.monotonic() + 20.0
    while count() > before:  # the server closes its ends when it sees that theirs are closed
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert client.list_tables()["TableNames"] == []  # one that was kept connects again


def test_clients_have_the_credentials_and_region_that_they_are_made_with() -> None:
    with LocalServer("us-east-1", ["us-east-1", "eu-west-1"]) as server:
        server.client().create_table(**MUSIC)
        elsewhere = server.client(region_name="eu-west-1", aws_session_token="token")
        assert elsewhere.list_tables()["TableNames"] == []
        assert elsewhere._request_signer._credentials.token == "token"


def test_items_come_back_as_they_were(local: LocalServer) -> None:
    with local.rolled_back():
        client = local.client()
        client.create_table(**MUSIC)
        client.put_item(TableName="music", Item=ADA)
        with local.rolled_back():
            client.delete_item(TableName="music", Key=ADA)
            client.delete_table(TableName="music")
        assert client.get_item(TableName="music", Key=ADA)["Item"] == ADA
        described = client.describe_table(TableName="music")["Table"]
        assert described["ItemCount"] == 1


def test_a_rollback_of_a_thousand_items_takes_no_time(local: LocalServer) -> None:
    with local.rolled_back():
        table = local.resource().create_table(**MUSIC)
        with table.batch_writer() as batch:
            for number in range(1000):
                batch.put_item({"artist": f"{number}", "text": "x" * 100})
        snapshot = local.snapshot()
        least = 1.0
        for _ in range(5):
            table.put_item(Item={"artist": "more"})
            began = time.process_time()  # other processes take time of the machine, too
            local.restore(snapshot)
            least = min(least, time.process_time() - began)
        assert least < 0.005
        assert "Item" not in table.get_item(Key={"artist": "more"})


def test_a_snapshot_is_not_changed_by_what_comes_after_it(local: LocalServer) -> None:
    with local.rolled_back():
        client = local.client()
        client.create_table(**MUSIC)
        snapshot = local.snapshot()
        client.put_item(TableName="music", Item=ADA)
        local.restore(snapshot)
        client.put_item(TableName="music", Item={"artist": {"S": "bob"}})
        local.restore(snapshot)
        assert client.scan(TableName="music")["Items"] == []


def test_streams_of_a_table_that_was_rolled_back_are_gone(local: LocalServer) -> None:
    with local.rolled_back():
        streamed = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        local.client().create_table(**MUSIC, StreamSpecification=streamed)
        streams = local.client("dynamodbstreams")
        assert len(streams.list_streams()["Streams"]) == 1
    assert local.client("dynamodbstreams").list_streams()["Streams"] == []


def test_requests_are_recorded_for_one_test(local: LocalServer) -> None:
    for _ in range(2):
        with local.rolled_back():
            client = local.client()
            client.create_table(**MUSIC)
            client.put_item(TableName="music", Item=ADA)
            with pytest.raises(client.exceptions.ConditionalCheckFailedException):
                client.put_item(
                    TableName="music", Item=ADA, ConditionExpression="attribute_not_exists(artist)"
                )
            first, second = local.requests("PutItem")
            assert (first.status, first.error) == (200, None)
            assert first.parameters["Item"] == ADA
            assert second.error == "ConditionalCheckFailedException"
            assert [each.operation for each in local.requests()] == [
                "CreateTable", "PutItem", "PutItem",
            ]  # fmt: skip


def test_time_can_be_set_forward(local: LocalServer) -> None:
    with local.rolled_back():
        client = local.client()
        before = client.create_table(**MUSIC)["TableDescription"]["CreationDateTime"]
        local.advance(3600)
        client.delete_table(TableName="music")
        after = client.create_table(**MUSIC)["TableDescription"]["CreationDateTime"]
        assert (after - before).total_seconds() >= 3600
        with pytest.raises(ValueError, match="does not go back"):
            local.advance(-1)


def test_programs_find_it_by_the_environment(
    local: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")
    with local.in_environment(), local.rolled_back():
        with closing(boto3.client("dynamodb")) as client:
            client.create_table(**MUSIC)
        assert local.client().list_tables()["TableNames"] == ["music"]
    assert os.environ["AWS_PROFILE"] == "no-such-profile"
    assert os.environ["AWS_ENDPOINT_URL_DYNAMODB"] == "http://127.0.0.1:1"
    assert "AWS_EC2_METADATA_DISABLED" not in os.environ


def test_nothing_of_a_developers_own_turns_programs_away(
    local: LocalServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Tests would write to the service itself, or through a proxy that is elsewhere."""
    settings = tmp_path / "config"
    settings.write_text("[default]\nignore_configured_endpoint_urls = true\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(settings))
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "no-such-profile")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "example.com")
    with local.in_environment(), closing(boto3.Session().client("dynamodb")) as client:
        assert client.meta.endpoint_url == local.url
        assert client.list_tables()["TableNames"] == []
        assert os.environ["no_proxy"] == "example.com,127.0.0.1"
    assert os.environ["NO_PROXY"] == "example.com"
    assert "no_proxy" not in os.environ


def test_clients_of_the_server_bypass_proxies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with LocalServer() as server:
        assert server.client().list_tables()["TableNames"] == []
        assert server.client(config=Config(retries={"total_max_attempts": 1})).list_tables()


def test_reset_removes_everything(local: LocalServer) -> None:
    with local.rolled_back():
        local.client().create_table(**MUSIC)
        local.reset()
        assert local.client().list_tables()["TableNames"] == []
