"""`jedlik keys`: the first administrator, after which the server requires signatures."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.conftest import StartServer
from tests.postgres import USER, shared_server
from tests.servers import RunningServer, jedlik


def test_an_administrator_closes_the_server(start_server: StartServer, tmp_path: Path) -> None:
    data = tmp_path / "data"
    made = jedlik("keys", "new", data)
    assert made.returncode == 0, made.stderr
    key_id, secret = _credentials(made.stdout)
    server = start_server(data=data, credentials=(key_id, secret))
    assert "signatures of the keys in the data only" in server.output()
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
    revoked = jedlik("keys", "revoke", data, key_id)
    assert "0 keys left. Every request is refused until `jedlik keys new`" in revoked.stdout
    server = start_server("--workers", "2", data=data, credentials=(key_id, secret))
    assert "signatures of the keys in the data only" in server.output()
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        server.client().list_tables()
    assert server.stop() == 0
    assert "No problem found" in jedlik("verify", data).stdout


def test_a_directory_without_data(tmp_path: Path) -> None:
    for arguments in (("list", tmp_path / "none"), ("revoke", tmp_path / "none", "AKIA")):
        done = jedlik("keys", *arguments)
        assert (done.returncode, done.stderr.count("\n")) == (3, 1)


def _credentials(printed: str) -> tuple[str, str]:
    """The key and secret in a printed line, which has all that a client needs except the
    endpoint."""
    variables = dict(each.split("=", 1) for each in printed.removeprefix("export ").split())
    assert variables["AWS_REGION"] == variables["AWS_DEFAULT_REGION"] == "us-east-1"
    return variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"]


def test_an_administrator_on_a_shared_engine(tmp_path: Path) -> None:
    url = shared_server().new_schema()
    made = jedlik("keys", "new", "--engine", url)
    assert made.returncode == 0, made.stderr
    assert "restart those" in made.stderr
    node = RunningServer(tmp_path, "--engine", url, credentials=_credentials(made.stdout))
    try:
        arn = node.client("sts").get_caller_identity()["Arn"]
        assert arn == "arn:aws:iam::000000000000:user/administrator"
        # Keys come and go while nodes run, by the URL as PLACE and in the environment too.
        second = jedlik("keys", "new", url, "--user", "second")
        node.credentials = _credentials(second.stdout)
        assert node.client().list_tables()["TableNames"] == []
        listed = jedlik("keys", "list", variables={"JEDLIK_ENGINE": url}).stdout.splitlines()
        assert [line.split()[3] for line in listed] == ["administrator", "second"]
        revoked = jedlik("keys", "revoke", "--engine", url, node.credentials[0])
        assert "1 key left" in revoked.stdout
        with pytest.raises(ClientError, match="UnrecognizedClientException"):
            node.client().list_tables()
        assert jedlik("keys", "revoke", url, node.credentials[0]).returncode == 1
        assert node.stop() == 0
    finally:
        node.kill()


def test_an_engine_that_is_not_there() -> None:
    server = shared_server()
    done = jedlik("keys", "list", f"postgresql://{USER}:hush@127.0.0.1:{server.port}/none")
    assert done.returncode == 5
    assert done.stderr.startswith("jedlik: the shared engine is not available")
    assert "hush" not in done.stderr


def test_a_database_that_is_not_there_is_named() -> None:
    with socket.socket() as taken:  # bound, and nothing listens on it
        taken.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        done = jedlik("keys", "list", f"postgresql://{USER}:hush@{place}/none")
    assert done.returncode == 5
    assert f"not available: {place}: Connection refused" in done.stderr
    assert "hush" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["new"], "give a data directory, or a shared engine"),
        (["new", "a", "b"], "one PLACE is enough"),
        (["list", "a", "--engine", "postgresql://h/n"], "exclude each other"),
        (["list", "--engine", "mysql://h/n"], "--engine must be a URL"),
        (["revoke"], "ACCESS-KEY-ID"),
        (["revoke", "AKIA"], "give a data directory, or a shared engine"),
    ],
)
def test_places_that_do_not_go_together(arguments: list[str], says: str) -> None:
    done = jedlik("keys", *arguments)
    assert done.returncode == 2
    assert says in done.stderr
