"""`--console read-only`: no page in a browser changes anything through this server.

Hiding buttons protects nothing: users of the page can open the browser's tools and send any
request. But a browser marks the requests of its pages, with `Origin` on every POST, PUT, PATCH and
DELETE (Fetch, 3.2) and with `Sec-Fetch-Site`, and no script can remove these marks. So here, in
front of all APIs, requests with such a mark may only read: the listed operations, SELECT in
PartiQL, and nothing else. This applies to the console and to every other page.

It does not apply to other programs: credentials can also be used with the AWS CLI. Permissions of
persons are decided by policies.
"""

from __future__ import annotations

import re
from typing import Final

import orjson

from jedlik.base.errors import AccessDeniedException
from jedlik.console.models import CHECK_PATH
from jedlik.gateway.apis import Api
from jedlik.gateway.exchange import HeadedAnswer, Reply, Request
from jedlik.gateway.protocols import JSON

_READS: Final = re.compile(
    rb"(?:Describe|List|Simulate)[A-Za-z]+|Query|Scan|BatchGetItem|TransactGetItems|SearchVectors"
    rb"|GetItem|GetRecords|GetShardIterator|GetResourcePolicy|GetCallerIdentity|GetPolicy(?:Version)?"
    rb"|Get(?:User|Group|Role)(?:Policy)?|GetMetricData|GetMetricStatistics|GetInsightRuleReport"
    rb"|GetKeyPolicy|GetKeyRotationStatus"
).fullmatch
"""Operations that change nothing and return no credentials or plaintexts (unlike GetSessionToken or
Decrypt)."""
_TARGET: Final = re.compile(rb"[A-Za-z0-9_]+\.([A-Za-z]+)").fullmatch
_FIELDS: Final = re.compile(rb"(?:^|&)([^&=]*)(?:=([^&]*))?").findall
_SELECT: Final = re.compile(r"\s*select\b", re.IGNORECASE).match
_MAX_BODY: Final = 64 * 1024
"""Bytes of a body that is parsed before the caller is known. A statement has 8 KB at most; with
larger parameters it is refused."""
_WITHOUT_EFFECT: Final = (b"GET", b"HEAD", b"OPTIONS")
_REFUSED: Final = (
    "The server was started with --console read-only: pages in a browser may read and change "
    "nothing. Use the AWS CLI or an SDK, or start it with --console on."
)


class ReadOnlyPages:
    """Passes requests to `api` unless they come from a page and could change something."""

    def __init__(self, api: Api) -> None:
        self._submit = api.submit

    def submit(self, request: Request, reply: Reply) -> None:
        """Answer `request` by calling `reply` once, immediately or later."""
        headers = request.headers
        is_from_page = b"origin" in headers or b"sec-fetch-site" in headers
        if is_from_page and not _only_reads(request):
            error = AccessDeniedException(_REFUSED)
            reply(HeadedAnswer(403, orjson.dumps(error.body()), JSON, ()))
        else:
            self._submit(request, reply)


def _only_reads(request: Request) -> bool:
    """Whether this request changes nothing, whichever API answers it."""
    if request.method in _WITHOUT_EFFECT:
        return True  # no API has operations that write by these
    if request.method == b"POST" and request.target == CHECK_PATH:
        return True  # on a model that the page sends: it uses no data of the server
    if request.method != b"POST" or request.target != b"/":
        return False
    if b"content-encoding" in request.headers:
        return False  # its contents are not known before its sender is
    target = request.headers.get(b"x-amz-target")
    if target is None:
        return len(request.body) <= _MAX_BODY and _is_reading_form(request.body)
    called = _TARGET(target)
    if called is None:
        return False
    if called[1] == b"ExecuteStatement":
        return len(request.body) <= _MAX_BODY and _is_select(request.body)
    return _READS(called[1]) is not None


def _is_reading_form(body: bytes) -> bool:
    """Whether a form names one action, and this only reads. A name with escapes could be another
    `Action`."""
    fields = _FIELDS(body)
    if any(b"%" in name or b"+" in name for name, _ in fields):
        return False
    actions = [value for name, value in fields if name == b"Action"]
    return len(actions) == 1 and _READS(actions[0]) is not None


def _is_select(body: bytes) -> bool:
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    statement = payload.get("Statement") if isinstance(payload, dict) else None
    return isinstance(statement, str) and _SELECT(statement) is not None
