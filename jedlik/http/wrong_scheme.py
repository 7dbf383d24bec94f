"""Clients whose endpoint has the wrong scheme (http, https, dax): their own errors explain nothing,
so the server's log says what is wrong. It does so once, as clients retry, and strangers may connect
too.
"""

from __future__ import annotations

import functools
import logging
import ssl
from typing import Final

_log = logging.getLogger(__name__)

_TLS_RECORD: Final = b"\x16\x03"
"""A handshake's content type, and the major version of all versions (RFC 8446, 5.1)."""
_DAX_HELLO: Final = b"\x67J7yne5G"
"""The first bytes of a DAX client (`dax.session`)."""


def warn_of_other_protocol(data: bytes) -> None:
    """Log a warning if bytes that are not an HTTP request are TLS or DAX's protocol."""
    if data.startswith(_TLS_RECORD):
        _warn(
            "a client speaks TLS to this port, which is for plain HTTP: its endpoint has to begin "
            "with http://, or this server to be started with --tls"
        )
    elif data.startswith(_DAX_HELLO):
        _warn(
            "a DAX client speaks to this port, which is for HTTP: start the server with --dax, and "
            "give the client the endpoint that is then printed (dax://HOST:8111 unless --dax-port "
            "is another)"
        )


def warn_of_failed_handshake(handshake: OSError) -> None:
    """Log a warning if a TLS handshake failed because the client speaks plain HTTP."""
    if isinstance(handshake, ssl.SSLError) and handshake.reason == "HTTP_REQUEST":
        _warn("a client speaks plain HTTP to this port, which is for TLS: use https://")


@functools.cache
def _warn(text: str) -> None:
    _log.warning(text)
