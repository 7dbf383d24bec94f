"""Binding: ports, addresses, and the errors if it fails."""

from __future__ import annotations

import contextlib
import resource
import socket
import sys
from collections.abc import Sequence

import pytest

from jedlik.app.addresses import listening
from jedlik.app.addresses.listening import AddressError
from jedlik.http.settings import HttpSettings


def test_a_free_port():
    sockets = listening.listen("127.0.0.1", 0)
    port = listening.port_of(sockets)
    assert port > 0
    with socket.create_connection(("127.0.0.1", port), 5):
        pass
    listening.close(sockets)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)


@pytest.mark.parametrize(
    ("files", "connections", "of_one_client"),
    [(65_536, 10_000, 2_500), (4_096, 3_360, 1_680), (1_024, 672, 336), (64, 28, 14)],
)
def test_connections_leave_files_for_everything_else(
    files: int, connections: int, of_one_client: int
) -> None:
    settings = listening.affordable(HttpSettings(), files)
    assert settings.max_connections == connections
    assert settings.max_client_connections == of_one_client
    assert settings.max_connections + settings.max_turned_away <= files - min(256, files // 2)


@pytest.mark.parametrize("files", [64, 1_024, 4_096, 65_536])
def test_clusters_and_other_connections_leave_files_together(files: int) -> None:
    settings = listening.affordable(HttpSettings(), files, with_clusters=True)
    taken = settings.max_connections + settings.max_turned_away
    taken += listening.files_for_clusters(20_000, files)
    assert taken <= files - min(256, files // 2)
    assert settings.max_connections > 0


def test_clusters_take_no_more_than_they_want() -> None:
    assert listening.files_for_clusters(20_000, 65_536) == 65_536 // 4
    assert listening.files_for_clusters(20_000, 1 << 20) == 20_000
    assert listening.files_for_clusters(20_000, resource.RLIM_INFINITY) == 20_000


def test_a_taken_port():
    sockets = listening.listen("127.0.0.1", 0)
    port = listening.port_of(sockets)
    with pytest.raises(AddressError, match=rf"port {port} on 127\.0\.0\.1 is taken"):
        listening.listen("127.0.0.1", port)
    listening.close(sockets)
    listening.close(listening.listen("127.0.0.1", port))


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("no.such.host.invalid", "neither an address of this machine nor a name"),
        ("192.0.2.1", "is not an address of this machine"),
        ("a" * 70 + ".invalid", "neither an address of this machine nor a name"),
        ("ü" * 70, "neither an address of this machine nor a name"),
        ("http://127.0.0.1", "; give it without scheme, port and brackets, or use"),
        ("127.0.0.1:8000", "; give it without scheme, port and brackets, or use"),
        ("[::1]", "; give it without scheme, port and brackets, or use"),
    ],
)
def test_hosts_that_are_not_ours(host, told):
    with pytest.raises(AddressError, match=told):
        listening.listen(host, 0)


def test_workers_have_the_port_together():
    sockets = listening.listen("127.0.0.1", 0)
    port = listening.port_of(sockets)
    shares = listening.spread(sockets, 3)
    assert [listening.port_of(share) for share in shares] == [port] * 3
    if sys.platform == "linux":
        assert len({share[0].fileno() for share in shares}) == 3
    with pytest.raises(AddressError, match="is taken"):
        listening.listen("127.0.0.1", port)
    for share in shares:
        listening.close(share)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers share the sockets")
def test_no_other_process_gets_the_port_before_the_workers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sockets = listening.listen("127.0.0.1", 0)
    port = listening.port_of(sockets)
    close = listening.close
    taken: list[bool] = []

    def close_and_grab(closed: Sequence[socket.socket]) -> None:
        close(closed)
        with socket.socket() as other, contextlib.suppress(OSError):
            other.bind(("127.0.0.1", port))
            taken.append(True)

    monkeypatch.setattr(listening, "close", close_and_grab)
    shares = listening.spread(sockets, 2)
    monkeypatch.undo()
    assert not taken
    for share in shares:
        listening.close(share)


@pytest.mark.parametrize(
    ("host", "safe"), [("127.0.0.1", True), ("localhost", True), ("0.0.0.0", False), ("", False)]
)
def test_which_addresses_are_loopback(host, safe):
    sockets = listening.listen(host, 0)
    assert listening.is_loopback(sockets) is safe
    listening.close(sockets)
