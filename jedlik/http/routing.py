"""Making a request ready for the APIs: its target without scheme and host, its content decoded."""

from __future__ import annotations

from jedlik.base.errors import ServiceError
from jedlik.gateway.exchange import Answer, Request
from jedlik.gateway.protocols import AMZ_JSON
from jedlik.http.answers import error_answer
from jedlik.http.codings import decode


def is_plain_call(request: Request) -> bool:
    """Whether this is an API call of the usual form, with nothing to do before the service."""
    headers = request.headers
    return (
        request.target == b"/"
        and request.method == b"POST"
        and headers.get(b"content-type") == AMZ_JSON
        and b"content-encoding" not in headers
    )


def prepare(request: Request, max_body_size: int) -> Answer | None:
    """Make any other request ready. Gives the refusal where its encodings cannot be undone."""
    request.target = _origin_form(request.target)
    encodings = request.headers.get(b"content-encoding")
    if encodings is None:
        return None
    try:
        request.content = decode(request.body, encodings, max_body_size)
    except ServiceError as error:
        return error_answer(error)
    return None


def _origin_form(target: bytes) -> bytes:
    """RFC 9112, 3.2.2: a server takes `http://host/path` for `/path`."""
    scheme, separator, rest = target.partition(b"://")
    if not separator or scheme.lower() not in (b"http", b"https"):
        return target
    _, slash, path = rest.partition(b"/")
    return slash + path if slash else b"/"
