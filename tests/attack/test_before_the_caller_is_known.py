"""The cost of requests without a valid signature: hardly more than receiving them."""

from __future__ import annotations

import gzip
import socket
import sys
import time
from itertools import repeat
from pathlib import Path

import pytest

from tests.attack.processor_time import cpu_seconds
from tests.conftest import StartServer
from tests.servers import ACCESS_KEY, SECRET_KEY, UNSIGNED, RunningServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

FORM = {**UNSIGNED, "Content-Type": "application/x-www-form-urlencoded"}
TARGET = {"X-Amz-Target": "DynamoDB_20120810.ListTables"}
EMPTY_MEMBER = gzip.compress(b"", mtime=0)


def resident_mib(server: RunningServer, what: str = "VmRSS") -> int:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition(f"{what}:")[2].split()[0]) // 1024


def raw(headers: dict[str, str], body: bytes, path: str = "/") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answer(server: RunningServer, data: bytes) -> bytes:
    """The beginning of the server's answer."""
    with server.socket() as connection:
        connection.sendall(data)
        return connection.recv(65_536)


def nested(times: int, body: bytes) -> bytes:
    for _ in range(times):
        body = gzip.compress(body, mtime=0)
    return body


BODIES = {
    "members": b"".join(repeat(EMPTY_MEMBER, 100_000)),
    "nested members": nested(2, b"".join(repeat(EMPTY_MEMBER, 500_000))),
    "zeros": gzip.compress(bytes(15_000_000)),
    "dots": gzip.compress(b"." * 15_000_000),
    "pairs": gzip.compress(b"a.b.c.d.e.f=&" * 1_000_000),
    "brackets": gzip.compress(b"[" * 15_000_000),
}


@pytest.mark.parametrize("coding", ["gzip", "gzip, gzip, gzip", "deflate"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("headers", [{**UNSIGNED, **TARGET}, FORM], ids=["json", "form"])
def test_a_compressed_body_of_a_stranger(
    closed_server: RunningServer, headers: dict[str, str], body: bytes, coding: str
) -> None:
    data = raw({**headers, "Content-Encoding": coding}, body)
    assert cost(closed_server, data, enough=0.3) < 0.3
    got = answer(closed_server, data)
    assert got.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 403 "))
    assert len(got) < 4096


FORMS = {
    "escapes": b"Version=2011-06-15&a=" + b"%41" * 349_000,
    "escaped names": b"&".join([b"%41%42%43%44=%45"] * 60_000),
    "large": b"a=" + b"%41" * 4_000_000,
    "zeros": b"0" * 15_000_000,
}


@pytest.mark.parametrize("service", ["sts", "monitoring"])
@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS)
def test_a_form_of_a_stranger(closed_server: RunningServer, body: bytes, service: str) -> None:
    """Bodies longer than any valid form are refused before they are decoded, which would take half
    a second."""
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    signed = {
        "X-Amz-Date": date,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{date[:8]}/us-east-1/{service}/"
        f"aws4_request, SignedHeaders=host;x-amz-date, Signature={'0' * 64}",
    }
    decoded = cost(closed_server, raw({**FORM, **signed}, body), enough=0.1)
    received = {**signed, "X-Amz-Target": "DynamoDB_20120810.A"}
    assert decoded < 0.1 or decoded < cost(closed_server, raw(received, body)) + 0.1


def test_a_form_of_a_stranger_that_is_recorded(start_server: StartServer, tmp_path: Path) -> None:
    """The audit log examines only the beginning."""
    server = start_server(
        "--memory", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY,
        "--audit-log", tmp_path / "audit",
    )  # fmt: skip
    fields = b"&".join([b"a.b.c.d.e.f%d=" % number for number in range(1990)])
    escapes = b"&g=" + b"%41" * 65_000 + b"&h=" + b"0" * 700_000
    headers = {
        **FORM,
        "Authorization": FORM["Authorization"].replace("/dynamodb/", "/monitoring/"),
    }
    data = raw(headers, fields + escapes)
    answer(server, data)
    before = cpu_seconds(server)
    for _ in range(20):
        assert answer(server, data).startswith(b"HTTP/1.1 403 ")
    assert cpu_seconds(server) - before < 0.3


ATTEMPTS = 4


def cost(server: RunningServer, data: bytes, *, enough: float = 0.0) -> float:
    """Seconds of processor time for an answer: the least of several tries, or the first below
    `enough`.

    The first request of an API loads its code, and the server also does other work.
    """
    costs: list[float] = []
    while len(costs) < ATTEMPTS and not (costs and costs[-1] < enough):
        before = cpu_seconds(server)
        assert answer(server, data).startswith(b"HTTP/1.1 4")
        costs.append(cpu_seconds(server) - before)
    return min(costs)


@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS)
def test_a_form_on_an_open_server(open_server: RunningServer, body: bytes) -> None:
    """Where anyone may send one, it is refused before it is decoded too."""
    sent = {
        **FORM, "X-Amz-Date": "20240101T000000Z",
        "Authorization": "AWS4-HMAC-SHA256 Credential=a/20240101/us-east-1/iam/aws4_request, "
        "SignedHeaders=host, Signature=0",
    }  # fmt: skip
    assert cost(open_server, raw(sent, body), enough=0.3) < 0.3


AUTHORIZATIONS = {
    "credentials": "Credential=" * 5500,
    "scopes": "AWS4-HMAC-SHA256 Credential=" + "a/20240101/" * 5000,
    "pairs": "AWS4-HMAC-SHA256 " + "a=b," * 14_000,
    "commas": "AWS4-HMAC-SHA256 " + ", " * 30_000,
    "slashes": "AWS4-HMAC-SHA256 Credential=" + "/" * 60_000,
    "spaces": "AWS4-HMAC-SHA256 Credential=a" + " " * 60_000,
}


@pytest.mark.parametrize("value", AUTHORIZATIONS.values(), ids=AUTHORIZATIONS)
@pytest.mark.parametrize("path", ["/", "/nowhere", "/2015-03-31/functions"])
def test_an_authorization_header_of_a_stranger(
    closed_server: RunningServer, path: str, value: str
) -> None:
    data = raw({**FORM, "Authorization": value}, b"a=b", path)
    assert cost(closed_server, data, enough=0.2) < 0.2
    got = answer(closed_server, data)
    assert SECRET_KEY.encode() not in got


@pytest.mark.parametrize("presigned", [False, True])
def test_a_header_is_signed_once(closed_server: RunningServer, presigned: bool) -> None:
    """Who knows a key's id, which is no secret, cannot have a value repeated ten thousand times."""
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    names = "host;x-amz-target" + ";a" * (6_000 if presigned else 12_000)
    scope = f"{ACCESS_KEY}/{date[:8]}/us-east-1/dynamodb/aws4_request"
    headers, path = {**TARGET, "A": "b c " * 7_000}, "/"
    if presigned:
        headers["Content-Type"] = UNSIGNED["Content-Type"]
        path += (
            f"?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={scope}&X-Amz-Date={date}"
            f"&X-Amz-Signature={'0' * 64}&X-Amz-SignedHeaders={names}"
        )
    else:
        signed = f"SignedHeaders={names}, Signature={'0' * 64}"
        headers |= UNSIGNED | {
            "X-Amz-Date": date,
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, {signed}",
        }
    data = raw(headers, b"{}", path)
    assert cost(closed_server, data, enough=0.2) < 0.2
    assert b"InvalidSignatureException" in answer(closed_server, data)


@pytest.mark.one_process("each worker may hold as much as one process")
def test_bodies_of_strangers_are_not_all_held(closed_server: RunningServer) -> None:
    size, head = 14_000_000, raw(UNSIGNED, b"").replace(b"Length: 0", b"Length: 16000000")
    before = resident_mib(closed_server)
    connections = [closed_server.socket() for _ in range(16)]
    try:
        refused = 0
        for connection in connections:
            connection.sendall(head)
            try:
                connection.sendall(bytes(size))
                connection.settimeout(0.1)
                refused += b"503" in connection.recv(100)
            except TimeoutError:
                pass
            except OSError:
                refused += 1
        assert refused >= 16 - 128 * 1024**2 // size
        assert resident_mib(closed_server) - before < 220
        assert answer(closed_server, raw({}, b"")).startswith(b"HTTP/1.1 4"), "others are served"
    finally:
        for connection in connections:
            connection.close()
    assert "turned away" in closed_server.log()
    assert "127.0.0.1" in closed_server.log()


def test_pipelined_offers_to_upgrade(closed_server: RunningServer) -> None:
    request = raw({"Connection": "Upgrade", "Upgrade": "h2c"}, b"a")
    with closed_server.socket() as connection:
        connection.sendall(request * 1500)
        connection.shutdown(socket.SHUT_WR)
        got = b""
        while data := connection.recv(1 << 20):
            got += data
    assert got.count(b"HTTP/1.1 ") == 1500
    assert "Traceback" not in closed_server.log()


@pytest.mark.parametrize("filling", ["&" * 15_000, "a=b&" * 3_750], ids=["ampersands", "pairs"])
def test_presigned_queries_of_thousands_of_parameters(
    closed_server: RunningServer, filling: str
) -> None:
    """Who knows a key's id has them read for the signature, but not each as if it were encoded."""
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    query = (
        f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={date}&X-Amz-SignedHeaders=host;x-amz-target"
        f"&X-Amz-Credential={ACCESS_KEY}/{date[:8]}/us-east-1/dynamodb/aws4_request"
        f"&X-Amz-Signature={'0' * 64}&{filling}"
    )
    data = raw({"Content-Type": UNSIGNED["Content-Type"], **TARGET}, b"{}", f"/?{query}")
    assert b"InvalidSignatureException" in answer(closed_server, data)
    before = cpu_seconds(closed_server)
    for _ in range(30):
        answer(closed_server, data)
    assert cpu_seconds(closed_server) - before < 0.25
