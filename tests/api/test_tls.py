"""`jedlik serve` over TLS: boto3, old and plain clients, certificates that change."""

from __future__ import annotations

import http.client
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import SSLError

from jedlik.app.settings import Settings
from tests.certificates import make, make_client
from tests.servers import ACCESS_KEY, SECRET_KEY, RunningServer, environment, jedlik
from tests.waiting import wait_until

SECONDS = 60.0


def auto(start_server, folder: Path, *options: str | Path) -> RunningServer:
    return start_server(
        "--tls", "auto", "--tls-directory", folder, *options, trust=folder / "ca.pem"
    )


def healthy(server: RunningServer, context: ssl.SSLContext) -> bool:
    connection = http.client.HTTPSConnection(
        server.host, server.port, timeout=SECONDS, context=context
    )
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    finally:
        connection.close()


def trusting(file: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(file))


def test_boto3_trusts_the_generated_authority(start_server, tmp_path):
    server = auto(start_server, tmp_path / "tls")
    client = server.client()
    client.create_table(
        TableName="Things",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    large = "x" * 300_000
    client.put_item(TableName="Things", Item={"pk": {"S": "a"}, "large": {"S": large}})
    got = client.get_item(TableName="Things", Key={"pk": {"S": "a"}})
    assert got["Item"]["large"]["S"] == large
    client.close()
    assert server.log() == ""
    assert server.stop() == 0


def test_a_client_that_does_not_trust_the_authority(start_server, tmp_path):
    server = auto(start_server, tmp_path / "tls", "--memory")
    client = boto3.client(
        "dynamodb",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    with pytest.raises(SSLError):
        client.list_tables()
    client.close()
    assert server.log() == ""
    trust = {"AWS_CA_BUNDLE": str(tmp_path / "tls" / "ca.pem")}
    plain = server.url.replace("https", "http")
    for url, variables, said in (
        (server.url, trust, "Requested resource not found: Table: Things not found"),
        (server.url, {}, "its certificate is not trusted: "),
        (server.url, {"AWS_CA_BUNDLE": "none.pem"}, "holds no certificates in PEM form"),
        (plain, trust, "the connection was closed; a server with TLS needs https://"),
    ):
        file = tmp_path / "things.jsonl"
        done = jedlik("export", "Things", file, "--endpoint", url, variables=variables)
        assert done.returncode == 1
        assert said in done.stderr, done.stderr


def test_lines_to_paste_work(start_server, tmp_path):
    server = auto(start_server, tmp_path / "my tls", "--memory")
    told = dict(re.findall(r"^  (shell|AWS CLI|TLS) +(.*)$", server.output(), re.MULTILINE))
    assert "authority of the server's own" in told["TLS"]
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    done = subprocess.run(
        ["sh", "-c", f"{told['shell']}\n{told['AWS CLI']} --output text"],
        capture_output=True,
        text=True,
        env=environment(PATH=path),
        timeout=SECONDS,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_authority_outlives_the_server(start_server, tmp_path):
    first = auto(start_server, tmp_path / "tls", "--memory")
    trust = (tmp_path / "tls" / "ca.pem").read_bytes()
    first.stop()
    auto(start_server, tmp_path / "tls", "--memory")
    assert (tmp_path / "tls" / "ca.pem").read_bytes() == trust


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        # A first message of TLS 1.0: record and client version 3.1, one cipher of its time.
        bytes.fromhex("160301002d010000290301") + bytes(32) + bytes.fromhex("000002002f0100"),
        # SSL 2's form.
        bytes.fromhex("802e010002001500000010") + bytes(37),
        b"\x00" * 100,
        b"\x16\x03\x01\xff\xff" + b"\x41" * 500,
        b"",
    ],
)
def test_what_is_no_tls_is_closed(start_server, tmp_path, sent):
    server = auto(start_server, tmp_path / "tls", "--memory")
    with socket.create_connection((server.host, server.port), SECONDS) as raw:
        raw.sendall(sent)
        raw.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while more := raw.recv(4096):
                answer += more
        except ConnectionError:
            pass
    assert b"healthy" not in answer
    assert healthy(server, trusting(server.trust)), "others are served"
    hint = "a client speaks plain HTTP to this port, which is for TLS: use https://\n"
    if sent.startswith(b"GET"):
        assert server.log().endswith(hint)
    assert server.log().count("\n") == sent.startswith(b"GET")


def test_a_stopped_server_hangs_up_on_idle_clients(start_server, tmp_path):
    server = auto(start_server, tmp_path / "tls", "--memory")
    raw = socket.create_connection((server.host, server.port), SECONDS)
    with trusting(server.trust).wrap_socket(raw, server_hostname=server.host) as idle:
        idle.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200" in idle.recv(4096)
        start = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - start < Settings().grace_seconds - 1, "it waited for the client"
        assert idle.recv(4096) == b""


def test_client_certificates(start_server, tmp_path):
    client, client_ca = make_client(tmp_path / "clients")
    server = auto(start_server, tmp_path / "tls", "--memory", "--tls-client-ca", client_ca)
    assert "clients must show a certificate" in server.output()
    context = trusting(server.trust)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        healthy(server, context)
    context.load_cert_chain(client)
    assert healthy(server, context)
    with_certificate = server.client(client_cert=str(client))
    assert with_certificate.list_tables()["TableNames"] == []
    with_certificate.close()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_certificates_are_loaded_again_at_sighup(start_server, tmp_path, workers):
    first, first_trust = make(tmp_path / "1")
    second, second_trust = make(tmp_path / "2")
    file = tmp_path / "server.pem"
    shutil.copy(first, file)
    server = start_server("--tls-cert", file, "--workers", workers, trust=first_trust)
    assert healthy(server, trusting(first_trust))
    shutil.copy(second, file)
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: server.log().count("reloaded") >= int(workers))
    for _ in range(8):
        assert healthy(server, trusting(second_trust))
    with pytest.raises(ssl.SSLCertVerificationError):
        healthy(server, trusting(first_trust))
    assert server.stop() == 0


def test_other_addresses_with_tls_and_credentials(start_server, tmp_path):
    folder = tmp_path / "tls"
    server = auto(
        start_server, folder, "--memory", "--host", "0.0.0.0",
        "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY,
    )  # fmt: skip
    client = server.client()
    assert client.list_tables()["TableNames"] == []
    client.close()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--tls-cert", "none.pem"], "none.pem cannot be read"),
        (["--tls-cert", __file__], "no certificate with its key in PEM form"),
        (["--tls", "auto", "--tls-directory", "/dev/null/x"], "--tls-directory"),
        (["--tls", "auto", "--tls-cert", "c.pem"], "exclude each other"),
        (["--tls-key", "k.pem"], "needs --tls-cert"),
        (["--tls-client-ca", "k.pem"], "needs --tls auto"),
        (["--tls", "off"], "--tls"),
        (["--host", "0.0.0.0", "--tls", "auto"], "without credentials"),
    ],
)
def test_wrong_settings_are_one_line(options, told, tmp_path):
    if "auto" in options and "--tls-directory" not in options:
        options = [*options, "--tls-directory", str(tmp_path / "tls")]
    done = jedlik("serve", "--memory", "--port", "0", *options)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
