"""All APIs behind one method: each request goes to the first API that recognizes it.

Nearly all requests name one of a few targets, so the API of a target is remembered, and the usual
request costs one dictionary lookup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Generic

from jedlik.gateway.apis import Api, ApiSpec, PartsT_contra
from jedlik.gateway.exchange import Reply, Request
from jedlik.gateway.late_api import LateApi

Submit = Callable[[Request, Reply], None]

_MAX_TARGETS: Final = 1024
"""Targets remembered: more than there are operations; bounded, because clients may send any
text."""


class ApiRouter(Generic[PartsT_contra]):
    """Hands requests to `apis`, and those that none of them recognizes to `otherwise`."""

    def __init__(
        self, apis: Sequence[ApiSpec[PartsT_contra]], parts: PartsT_contra, otherwise: Api
    ) -> None:
        self._apis = [
            (api.recognizes, LateApi(partial(api.modules, parts), partial(api.make, parts)))
            for api in apis
        ]
        self._otherwise = otherwise.submit
        self._by_target: dict[tuple[bytes, bytes], Submit] = {}
        """By target and media type: an API may not recognize its target in another's JSON."""

    def submit(self, request: Request, reply: Reply) -> None:
        """Have `reply` called with the answer, once, on the event loop, at once or later."""
        headers = request.headers
        key = (headers.get(b"x-amz-target", b""), headers.get(b"content-type", b""))
        is_call = request.target == b"/" and request.method == b"POST"
        known = self._by_target.get(key)
        if known is not None and is_call:
            known(request, reply)
            return
        for recognizes, api in self._apis:
            if recognizes(request):
                api.submit(request, reply)
                if api.is_made and key[0] and is_call and len(self._by_target) < _MAX_TARGETS:
                    self._by_target[key] = api.submit
                return
        self._otherwise(request, reply)
