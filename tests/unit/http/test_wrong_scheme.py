"""What the log says where clients and server do not speak the same."""

from __future__ import annotations

import ssl

import pytest

from jedlik.dax import session
from jedlik.http import wrong_scheme
from jedlik.http.wrong_scheme import warn_of_failed_handshake, warn_of_other_protocol

HELLO = bytes.fromhex("16030100c8010000c40303")


@pytest.fixture(autouse=True)
def _nothing_said_yet() -> None:
    wrong_scheme._warn.cache_clear()


def failed(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"[SSL: {reason}]")
    error.reason = reason
    return error


def test_tls_to_a_plain_port_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    warn_of_other_protocol(b"GET / HTTP/9.9")
    assert not caplog.messages
    warn_of_other_protocol(HELLO)
    warn_of_other_protocol(HELLO)
    (said,) = caplog.messages
    assert "begin with http://" in said


def test_a_dax_client_on_the_http_port_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    warn_of_other_protocol(b"gJ7yne")
    assert not caplog.messages
    warn_of_other_protocol(session._HELLO + b"\x00\xf6")
    warn_of_other_protocol(session._HELLO)
    (said,) = caplog.messages
    assert "--dax" in said


def test_plain_http_to_a_port_with_tls_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    warn_of_failed_handshake(ConnectionResetError())
    warn_of_failed_handshake(failed("NO_SHARED_CIPHER"))
    assert not caplog.messages
    warn_of_failed_handshake(failed("HTTP_REQUEST"))
    warn_of_failed_handshake(failed("HTTP_REQUEST"))
    (said,) = caplog.messages
    assert "use https://" in said
