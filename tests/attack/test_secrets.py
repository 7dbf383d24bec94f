"""Ways to read the server's secrets: with false claims, and from functions."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.conftest import StartServer
from tests.servers import ACCESS_KEY, SECRET_KEY, UNSIGNED

CLOSED = ("--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY)
MARK = "5e1f" * 16
"""A signature."""


def test_the_audit_log_believes_nobody_who_is_not_known(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server(
        "--memory",
        *CLOSED,
        "--audit-log",
        tmp_path / "audit",
        "--audit-data-events",
        fresh=True,
    )
    forged = {**UNSIGNED, "Authorization": UNSIGNED["Authorization"].replace("0" * 64, MARK)}
    for authorization in (
        forged["Authorization"],
        forged["Authorization"].replace("SignedHeaders=", "SignedHeader="),
        f"AWS4-HMAC-SHA256 nonsense {MARK}",
        f"Bearer {MARK}",
    ):
        for operation in ("DeleteTable", "PutItem"):
            payload = {"TableName": "planted", "Item": {}}
            status, _ = server.call(operation, payload, Authorization=authorization)
            assert status in (400, 403)
    assert server.stop() == 0
    text = "".join(path.read_text() for path in (tmp_path / "audit").iterdir())
    assert MARK not in text
    assert "planted" not in text
    found = [json.loads(line) for line in text.splitlines()]
    assert len(found) == 8
    assert {json.dumps(each["userIdentity"]) for each in found} == {'{"type": "Unknown"}'}
    assert all(each["errorCode"] for each in found)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("workers", [1, 2])
def test_secrets_of_the_environment_are_wiped(start_server: StartServer, workers: int) -> None:
    server = start_server(
        "--workers", workers, fresh=True,
        variables={
            "JEDLIK_ACCESS_KEY": ACCESS_KEY,
            "JEDLIK_SECRET_KEY": SECRET_KEY,
            "JEDLIK_ADMIN_PORT": "0",
            "JEDLIK_ADMIN_TOKEN": "a-secret-token",
        },
    )  # fmt: skip
    assert server.client().list_tables()["TableNames"] == []
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    for pid in (server.process.pid, *map(int, children.split())):
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        assert SECRET_KEY.encode() not in environment
        assert b"a-secret-token" not in environment
        assert b"JEDLIK_ACCESS_KEY" in environment, "this is where it would be"
        assert "\nDumpable:\t1" not in Path(f"/proc/{pid}/status").read_text()
        assert Path(f"/proc/{pid}/environ").stat().st_uid == 0, "no other process of its user"
