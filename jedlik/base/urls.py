"""Addresses of servers, as options and files have them."""

from __future__ import annotations

from urllib.parse import urlsplit


def is_origin(url: str) -> bool:
    """Whether this is `http://HOST`, perhaps with a port and a last `/`, or the same with https.

    A text that is no URL at all (a port that is no number, a bracket that does not close) is none
    either, where `urlsplit` and its `port` would raise ValueError.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0 and plain
