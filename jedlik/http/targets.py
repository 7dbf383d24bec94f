"""The target of a request, as APIs expect it: without scheme and host."""

from __future__ import annotations

from jedlik.gateway.exchange import Request


def normalize_target(request: Request) -> None:
    """Bring a request's target to the origin form."""
    request.target = _origin_form(request.target)


def _origin_form(target: bytes) -> bytes:
    """RFC 9112, 3.2.2: a server accepts `http://host/path` for `/path`."""
    scheme, separator, rest = target.partition(b"://")
    if not separator or scheme.lower() not in (b"http", b"https"):
        return target
    _, slash, path = rest.partition(b"/")
    return slash + path if slash else b"/"
