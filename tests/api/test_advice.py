"""`jedlik advise`: a table about which it has advice, and one about which it has not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.making import make, put_all
from tests.control_plane import attributes, keys
from tests.servers import ROOT, RunningServer, free_port, jedlik


@pytest.fixture(scope="module")
def advised(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningServer, str]]:
    """A server, and the URL of its admin listener."""
    scratch, port = tmp_path_factory.mktemp("advice"), free_port()
    server = RunningServer(scratch, "--data", scratch / "data", "--admin-port", str(port))
    yield server, f"http://127.0.0.1:{port}"
    server.kill()


def report(url: str, *options: str | Path) -> Any:
    done = jedlik("advise", "--admin", url, "--json", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def kinds(given: Any, table: str) -> set[str]:
    return {each["Kind"] for each in given["Advice"] if each["Table"] == table}


@pytest.mark.one_process("figures of other workers come up to ten seconds later")
def test_what_is_seen_in_items_settings_and_traffic(advised: tuple[RunningServer, str]) -> None:
    server, url = advised
    client = server.client()
    poor, good = make(client, "id"), make(client, "id", DeletionProtectionEnabled=True)
    put_all(
        client, poor,
        [
            {"id": {"S": f"{n}"}, "a_very_long_name_of_an_attribute": {"S": "x"},
             "expires": {"N": "1900000000000"}}
            for n in range(150)
        ],
    )  # fmt: skip
    client.put_item(TableName=poor, Item={"id": {"S": "large"}, "v": {"S": "x" * 350_000}})
    specification = {"Enabled": True, "AttributeName": "expires"}
    client.update_time_to_live(TableName=poor, TimeToLiveSpecification=specification)
    for _ in range(12):
        client.scan(
            TableName=poor, FilterExpression="id = :id",
            ExpressionAttributeValues={":id": {"S": "7"}},
        )  # fmt: skip
    client.put_item(TableName=good, Item={"id": {"S": "1"}, "text": {"S": "of some length" * 9}})
    client.scan(TableName=good)
    client.update_continuous_backups(
        TableName=good, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    found = report(url)
    assert kinds(found, poor) == {
        "scan", "large-item", "ttl", "no-deletion-protection", "no-backup",
    }  # fmt: skip
    assert kinds(found, good) == set()
    (line,) = (each for each in found["Tables"] if each["Table"] == poor)
    assert line["Requests"]["Scan"] == 12
    assert line["CostOfAMonth"]["Total"] > 0
    _ways_to_ask(url, poor)


def _ways_to_ask(url: str, table: str) -> None:
    text = jedlik("advise", "--admin", url, "--fail-on", "scan,hot-partition")
    assert text.returncode == 1
    assert f"{table}: scan" in text.stdout
    assert "2024-11-01, us-east-1" in text.stdout
    assert jedlik("advise", "--admin", url, "--fail-on", "hot-partition").returncode == 0


def test_prices_of_ones_own(advised: tuple[RunningServer, str], tmp_path: Path) -> None:
    server, url = advised
    table = "provisioned"
    server.client().create_table(
        TableName=table, KeySchema=keys("id"), AttributeDefinitions=attributes("id"),
        ProvisionedThroughput={"ReadCapacityUnits": 10, "WriteCapacityUnits": 10},
    )  # fmt: skip
    own = json.loads((ROOT / "jedlik" / "services" / "advice" / "prices.json").read_text())
    own |= {"region": "moon-1", "standard": dict.fromkeys(own["standard"], 1.0)}
    file = tmp_path / "prices.json"
    file.write_text(json.dumps(own))
    found = report(url, "--prices", file)
    assert found["Prices"]["Region"] == "moon-1"
    (line,) = (each for each in found["Tables"] if each["Table"] == table)
    assert line["CostOfAMonth"]["Total"] == 10 * 730 + 10 * 730
    file.write_text("{}")
    refused = jedlik("advise", "--admin", url, "--prices", file)
    assert refused.returncode == 1
    assert "list of prices" in refused.stderr


def test_what_is_no_question() -> None:
    assert "hot-key" in jedlik("advise", "--fail-on", "rain").stderr
    assert jedlik("advise", "--admin", "nowhere").returncode == 2
    nobody = jedlik("advise", "--admin", f"http://127.0.0.1:{free_port()}")
    assert nobody.returncode == 1
    assert nobody.stderr.count("\n") == 1


def test_each_region_has_a_report_of_its_own(tmp_path: Path) -> None:
    port = free_port()
    regions = ("us-east-1", "eu-west-1")
    server = RunningServer(
        tmp_path, "--memory", "--regions", ",".join(regions), "--admin-port", str(port)
    )
    url = f"http://127.0.0.1:{port}"
    try:
        names = {region: make(server.client_in(region), "id") for region in regions}

        def tables(*options: str) -> list[str]:
            return [each["Table"] for each in report(url, *options)["Tables"]]

        assert tables() == [names["us-east-1"]]
        assert tables("--region", "us-east-1") == [names["us-east-1"]]
        assert tables("--region", "eu-west-1") == [names["eu-west-1"]]
        done = jedlik("advise", "--admin", url, "--region", "ap-south-1")
        assert done.returncode == 1
        assert "There is no region ap-south-1 here; there are: eu-west-1, us-east-1." in done.stderr
    finally:
        server.kill()
