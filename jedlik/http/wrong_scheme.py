"""Clients whose endpoint has the wrong scheme: their own error explains nothing, so the server's
log says what is wrong. Only once, because clients try again, and strangers may connect too.
"""

from __future__ import annotations

import functools
import logging
import ssl
from typing import Final

_log = logging.getLogger(__name__)

_TLS_RECORD: Final = b"\x16\x03"
"""A handshake's content type, and the major version of all versions (RFC 8446, 5.1)."""


def look_at_malformed(data: bytes) -> None:
    """Examine bytes that are not an HTTP request."""
    if data.startswith(_TLS_RECORD):
        _warn(
            "a client speaks TLS to this port, which is for plain HTTP: its endpoint has to begin "
            "with http://, or this server to be started with --tls"
        )


def look_at_failed(handshake: OSError) -> None:
    """Examine why a TLS handshake failed."""
    if isinstance(handshake, ssl.SSLError) and handshake.reason == "HTTP_REQUEST":
        _warn("a client speaks plain HTTP to this port, which is for TLS: use https://")


@functools.cache
def _warn(text: str) -> None:
    _log.warning(text)
