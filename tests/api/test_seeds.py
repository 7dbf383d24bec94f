"""Servers that start with tables and items from files."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jedlik.seeding.seed import SeedError
from jedlik.testing import LocalServer
from tests.conftest import StartServer
from tests.servers import ROOT, environment, jedlik

TABLE = {
    "TableName": "people",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "table.json").write_text(json.dumps(TABLE))
    rows = "\n".join(f"{number}" for number in range(60))
    (folder / "people.csv").write_text(f"id\n{rows}\n")
    return folder


def test_a_server_begins_with_its_seed_and_keeps_what_came_after(
    start_server: StartServer, seeds: Path, tmp_path: Path
) -> None:
    data = str(tmp_path / "data")
    for extra in (0, 1):
        server = start_server("--data", data, "--seed", str(seeds))
        client = server.client()
        assert client.scan(TableName="people")["Count"] == 60 + extra
        client.put_item(TableName="people", Item={"id": {"S": "more"}})
        server.stop()


def test_a_seed_that_cannot_be_read_ends_the_start(seeds: Path) -> None:
    (seeds / "bad.json").write_text("{")
    command = [sys.executable, "-m", "jedlik", "serve", "--memory", "--port", "0"]
    done = subprocess.run(
        [*command, "--seed", str(seeds)],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert "bad.json: not valid JSON" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def local() -> Iterator[LocalServer]:
    with LocalServer() as server:
        yield server


def test_the_server_of_a_test_suite(local: LocalServer, seeds: Path) -> None:
    with local.rolled_back():
        assert local.seed(seeds) == (1, 60, 0)
        assert local.seed(seeds) == (0, 0, 1)
        assert local.client().scan(TableName="people")["Count"] == 60
    with local.rolled_back():
        assert local.seed(seeds / "table.json") == (1, 0, 0)


def test_items_without_their_table(local: LocalServer, tmp_path: Path) -> None:
    (tmp_path / "missing.csv").write_text("id\n1\n")
    with pytest.raises(SeedError, match="items of missing: this table does not exist"):
        local.seed(tmp_path / "missing.csv")


def test_what_the_server_refuses(local: LocalServer, seeds: Path) -> None:
    with local.rolled_back():
        with pytest.raises(SeedError, match="items of people: this table does not exist"):
            local.seed(seeds / "people.csv")
        (seeds / "table.json").write_text(json.dumps({**TABLE, "TableName": "x"}))
        with pytest.raises(SeedError, match="table x: "):
            local.seed(seeds / "table.json")


def test_a_running_server_is_seeded_by_its_endpoint(
    start_server: StartServer, seeds: Path, tmp_path: Path
) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s3cret"}
    options = ("--access-key", "AKIA", "--secret-key", "s3cret", "--transition-seconds", "0.3")
    server = start_server(
        "--data", str(tmp_path / "data"), *options, credentials=tuple(keys.values())
    )
    command = ("seed", "--endpoint", server.url, seeds)
    refused = jedlik(*command)
    assert (refused.returncode, "security token" in refused.stderr) == (1, True)
    assert jedlik(*command, variables=keys).stdout == "Created 1 table and put 60 items.\n"
    again = jedlik(*command, variables=keys)
    assert again.stdout.endswith("put 0 items; 1 table was there already, and stays as before.\n")
    assert server.client().scan(TableName="people")["Count"] == 60


def test_items_of_a_table_that_does_not_exist(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server("--memory")
    (tmp_path / "missing.csv").write_text("id\n1\n")
    done = jedlik("seed", "--endpoint", server.url, tmp_path / "missing.csv")
    assert done.returncode == 1
    assert "items of missing: this table does not exist; create it first" in done.stderr


def test_what_seed_says_when_it_cannot(seeds: Path, tmp_path: Path) -> None:
    nowhere = jedlik("seed", "--endpoint", "http://127.0.0.1:1", seeds)
    refused = "DynamoDB at 127.0.0.1:1 did not answer: connection refused\n"
    assert (nowhere.returncode, nowhere.stderr.endswith(refused)) == (1, True)
    assert jedlik("seed", "--endpoint", "127.0.0.1", seeds).returncode == 2
    assert jedlik("seed", tmp_path / "none.json").returncode == 2
