"""Recognizes requests of AWS's protocols, for APIs to find their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from jedlik.gateway.exchange import Request

AMZ_JSON: Final = b"application/x-amz-json-1.0"
AMZ_JSON_1_1: Final = b"application/x-amz-json-1.1"
JSON: Final = b"application/json"
FORM: Final = b"application/x-www-form-urlencoded"


def content_type(request: Request) -> bytes:
    """The media type of a request's body, in lower case and without parameters."""
    return request.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()


def is_call(request: Request) -> bool:
    """Whether this is a POST to `/`, the path of APIs that name operations elsewhere."""
    return request.method == b"POST" and request.target.partition(b"?")[0] == b"/"


def is_json_call(request: Request, version: bytes) -> bool:
    """Whether this is a call in JSON of that version (`AMZ_JSON` or `AMZ_JSON_1_1`)."""
    if not is_call(request):
        return False
    return not request.body or content_type(request) in (version, JSON)


def json_calls(targets: bytes) -> Callable[[Request], bool]:
    """Recognizes calls in JSON 1.1 whose `X-Amz-Target` begins with `targets`."""

    def recognizes(request: Request) -> bool:
        target = request.headers.get(b"x-amz-target", b"")
        return target.startswith(targets) and is_json_call(request, AMZ_JSON_1_1)

    return recognizes


def is_form(request: Request) -> bool:
    """Whether this is a call of the query protocol, which sends forms.

    A form with a target is a call in JSON, from a client such as curl, which calls every body a
    form.
    """
    is_target = b"x-amz-target" in request.headers
    return is_call(request) and content_type(request) == FORM and not is_target
