"""What the log says where clients and server do not speak the same."""

from __future__ import annotations

import ssl

import pytest

from jedlik.dax import session
from jedlik.http import wrong_scheme
from jedlik.http.wrong_scheme import look_at_failed, look_at_malformed

HELLO = bytes.fromhex("16030100c8010000c40303")


@pytest.fixture(autouse=True)
def _nothing_said_yet() -> None:
    wrong_scheme._warn.cache_clear()


def failed(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"[SSL: {reason}]")
    error.reason = reason
    return error


def test_tls_to_a_plain_port_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    look_at_malformed(b"GET / HTTP/9.9")
    assert not caplog.messages
    look_at_malformed(HELLO)
    look_at_malformed(HELLO)
    (said,) = caplog.messages
    assert "begin with http://" in said


def test_a_dax_client_on_the_http_port_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    look_at_malformed(b"gJ7yne")
    assert not caplog.messages
    look_at_malformed(session._HELLO + b"\x00\xf6")
    look_at_malformed(session._HELLO)
    (said,) = caplog.messages
    assert "--dax" in said


def test_plain_http_to_a_port_with_tls_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    look_at_failed(ConnectionResetError())
    look_at_failed(failed("NO_SHARED_CIPHER"))
    assert not caplog.messages
    look_at_failed(failed("HTTP_REQUEST"))
    look_at_failed(failed("HTTP_REQUEST"))
    (said,) = caplog.messages
    assert "use https://" in said
