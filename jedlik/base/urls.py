"""Addresses of servers, in options and files."""

from __future__ import annotations

from urllib.parse import urlsplit


def is_origin(url: str) -> bool:
    """Whether this is `http://HOST`, perhaps with a port and a final `/`, or the same with https.

    False also for text from which `urlsplit` would raise ValueError: a port that is not a number, a
    bracket that is not closed.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0 and plain


def hosts_of(url: str) -> str:
    """The hosts that a URL names, with their ports and without user and password; "" for none.
    Raises ValueError for text that is no URL."""
    return urlsplit(url).netloc.rpartition("@")[2]
