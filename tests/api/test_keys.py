"""`jedlik keys`: the first administrator, and a server that is closed from then on."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.conftest import StartServer
from tests.servers import jedlik


def test_an_administrator_closes_the_server(start_server: StartServer, tmp_path: Path) -> None:
    data = tmp_path / "data"
    made = jedlik("keys", "new", data)
    assert made.returncode == 0, made.stderr
    secret = made.stdout.partition("AWS_SECRET_ACCESS_KEY=")[2].strip()
    key_id = made.stdout.partition("AWS_ACCESS_KEY_ID=")[2].split()[0]
    server = start_server(data=data, credentials=(key_id, secret))
    server.client().list_tables()
    server.client("iam").create_user(UserName="second")
    arn = server.client("sts").get_caller_identity()["Arn"]
    assert arn == "arn:aws:iam::000000000000:user/administrator"
    server.credentials = ("someone", "else")
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        server.client().list_tables()
    assert server.stop() == 0
    assert secret.encode() not in b"".join(
        path.read_bytes() for path in data.rglob("*") if path.is_file()
    )
    listed = jedlik("keys", "list", data)
    assert listed.stdout.split()[0::3][:1] == [key_id]
    assert "administrator" in listed.stdout
    assert jedlik("keys", "revoke", data, "AKIANONE").returncode == 1
    assert "0 keys" in jedlik("keys", "revoke", data, key_id).stdout
    server = start_server(data=data, credentials=(key_id, secret))
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        server.client().list_tables()
    assert server.stop() == 0
    assert "No problem found" in jedlik("verify", data).stdout


def test_a_directory_without_data(tmp_path: Path) -> None:
    for arguments in (("list", tmp_path / "none"), ("revoke", tmp_path / "none", "AKIA")):
        done = jedlik("keys", *arguments)
        assert (done.returncode, done.stderr.count("\n")) == (3, 1)
