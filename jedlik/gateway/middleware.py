"""Middleware: what sees requests before the APIs do, and their answers before the client does.

A middleware makes an API of an API: it records, delays, fails or passes on. Servers of a test suite
have some; a plain server has none, and pays nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from jedlik.gateway.apis import Api
from jedlik.gateway.exchange import Reply, Request

Middleware = Callable[[Api], Api]


class Layered:
    """An API in front of which middleware can be put, and taken away, while it serves.

    `submit` is the attribute that front doors call for each request: without middleware it is the
    API's own method, so that what may be put there costs a request nothing. Those that come first
    in `order` see requests first, and answers last, whenever they are put there.
    """

    __slots__ = ("_api", "_layers", "submit")

    def __init__(self, api: Api) -> None:
        self._api = api
        self._layers: list[tuple[int, Middleware]] = []
        self.submit: Callable[[Request, Reply], None] = api.submit

    def put(self, middleware: Middleware, order: int) -> None:
        """Have requests go through `middleware` from now on."""
        self._layers.append((order, middleware))
        self._join()

    def take(self, middleware: Middleware) -> None:
        """Have them pass it by again; those that are in it come out as they would have."""
        self._layers = [each for each in self._layers if each[1] is not middleware]
        self._join()

    def _join(self) -> None:
        inwards = sorted(self._layers, key=lambda layer: -layer[0])
        joined = reduce(lambda api, layer: layer[1](api), inwards, self._api)
        self.submit = joined.submit
