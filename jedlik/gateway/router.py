"""All APIs behind one method: each request goes to the first API that recognizes it.

Nearly all requests name one of a few targets, so the API of a target is remembered, and most
requests take one dictionary lookup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Generic

from jedlik.base.bounded_cache import BoundedCache
from jedlik.gateway.apis import Api, ApiSpec, PartsT_contra
from jedlik.gateway.exchange import Reply, Request
from jedlik.gateway.lazy_api import LazyApi

Submit = Callable[[Request, Reply], None]

_MAX_TARGETS_SIZE: Final = 512 * 1024
_TARGET_SIZE: Final = 512
"""Bytes for all remembered targets and their media types, and for one without its text. Clients may
send any text before it is known who they are, so the oldest make room for new ones."""


class ApiRouter(Generic[PartsT_contra]):
    """Hands requests to `apis`, and those that none of them recognizes to `otherwise`."""

    def __init__(
        self, apis: Sequence[ApiSpec[PartsT_contra]], parts: PartsT_contra, otherwise: Api
    ) -> None:
        self._apis = [
            (api.recognizes, LazyApi(partial(api.modules, parts), partial(api.make, parts)))
            for api in apis
        ]
        self._otherwise = otherwise.submit
        self._by_target: BoundedCache[tuple[bytes, bytes], Submit] = BoundedCache(_MAX_TARGETS_SIZE)
        """By target and media type: an API may not recognize its target in another version of
        JSON."""

    def submit(self, request: Request, reply: Reply) -> None:
        """Answer `request` by calling `reply` once, on the event loop, immediately or later."""
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
                if api.is_made and key[0] and is_call:
                    self._by_target.put(key, api.submit, _TARGET_SIZE + len(key[0]) + len(key[1]))
                return
        self._otherwise(request, reply)
