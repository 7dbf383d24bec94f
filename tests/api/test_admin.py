"""The admin listener: its answers, and who gets them."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import RunningServer, free_port, jedlik

SAMPLE = re.compile(r'[a-z_:][a-z0-9_:]*(\{([a-z_]+="([^"\\]|\\.)*",?)*\})? [0-9.e+-]+').fullmatch


class Admin:
    """A server with an admin port."""

    def __init__(self, scratch: Path, *options: str) -> None:
        self.port = free_port()
        self.server = RunningServer(
            scratch, "--data", scratch / "data", "--admin-port", str(self.port), *options
        )

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers["Content-Type"], text


@pytest.fixture(scope="module")
def admin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admin]:
    admin = Admin(tmp_path_factory.mktemp("admin"))
    client = admin.server.client()
    client.create_table(
        TableName="music", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )  # fmt: skip
    for _ in range(3):
        client.put_item(TableName="music", Item={"pk": {"S": "p"}})
    client.close()
    yield admin
    admin.server.kill()


def values(text: str, name: str) -> dict[str, float]:
    return {
        labels: float(value)
        for labels, value in re.findall(rf"^{name}(?:\{{(.*)\}})? (\S+)$", text, re.MULTILINE)
    }


@pytest.mark.one_process("figures of other workers come up to ten seconds later")
def test_what_scrapers_get(admin: Admin) -> None:
    status, kind, text = admin.ask("/metrics?x=y")
    assert (status, kind) == (200, "application/openmetrics-text; version=1.0.0; charset=utf-8")
    assert text.endswith("\n# EOF\n")
    lines = [line for line in text.splitlines() if not line.startswith("# ")]
    assert [line for line in lines if not SAMPLE(line)] == []
    written = values(text, "jedlik_dynamo_db_consumed_write_capacity_units_total")
    assert [(value, "music" in labels) for labels, value in written.items()] == [(3.0, True)]
    counts = values(text, "jedlik_dynamo_db_successful_request_latency_seconds_count")
    assert list(counts.values()) == [3.0]
    for figure in ("process_cpu_seconds_total", "process_open_fds", "jedlik_engine_commits_total",
                   "process_max_resident_memory_bytes", "jedlik_connections"):  # fmt: skip
        assert all(value > 0 for value in values(text, figure).values()) or "conn" in figure
        assert len(values(text, figure)) == 1, figure


def test_what_is_not_there(admin: Admin) -> None:
    status, kind, text = admin.ask("/")
    assert (status, kind) == (404, "application/json")
    assert "GET /metrics" in text
    assert admin.ask("/metrics", "POST")[0] == 404


def test_no_web_page_gets_it(admin: Admin) -> None:
    assert admin.ask("/metrics", Host="evil.example.com")[0] == 403
    assert admin.ask("/metrics", Origin="https://evil.example.com")[0] == 403
    assert admin.ask("/metrics", Host="localhost")[0] == 200


def test_only_this_machine_is_told(tmp_path: Path) -> None:
    done = jedlik("serve", "--data", tmp_path, "--port", "0", "--admin-port", "0",
                  "--admin-host", "0.0.0.0")  # fmt: skip
    assert done.returncode == 2
    assert "the admin port at 0.0.0.0 can be reached from other machines" in done.stderr


CALLS = (
    ("GET", "/advice"), ("GET", "/requests"), ("GET", "/replication"),
    ("POST", "/replication/pause"), ("POST", "/replication/expel"),
)  # fmt: skip


def test_a_server_with_credentials_answers_without_a_token_only_scrapers(tmp_path: Path) -> None:
    admin = Admin(tmp_path, "--access-key", "a", "--secret-key", "b")
    try:
        assert admin.ask("/metrics")[0] == 200
        for method, path in CALLS:
            status, _, text = admin.ask(path, method)
            assert (status, "--admin-token" in text) == (400, True), path
    finally:
        admin.server.kill()


def test_a_server_with_credentials_answers_those_who_have_its_token(tmp_path: Path) -> None:
    options = ("--access-key", "a", "--secret-key", "b", "--admin-token", "token")
    admin = Admin(tmp_path, *options)
    try:
        assert admin.ask("/replication")[0] == 401
        assert admin.ask("/replication", Authorization="Bearer token")[0] == 200
        assert admin.ask("/metrics")[0] == 200
    finally:
        admin.server.kill()


def test_one_worker_answers_for_all(tmp_path: Path) -> None:
    admin = Admin(tmp_path, "--workers", "2")
    try:
        deadline = 200
        while len(values(admin.ask("/metrics")[2], "process_open_fds")) < 2:
            deadline -= 1
            assert deadline, "the other worker told nothing"
            time.sleep(0.2)
        processes = values(admin.ask("/metrics")[2], "jedlik_connections")
        assert len(processes) == 2
    finally:
        admin.server.kill()
