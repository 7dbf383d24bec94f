"""Middleware: sees requests before the APIs do, and answers before the client does.

A middleware wraps an API in an API that records, delays, fails or passes on its requests. Servers
in test suites have some. A plain server has none, and pays nothing for the possibility.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from jedlik.gateway.apis import Api
from jedlik.gateway.exchange import Reply, Request

Middleware = Callable[[Api], Api]


class Layered:
    """An API to which middleware can be added, and removed again, while it serves.

    `submit` is the attribute that front doors call for each request: without middleware, it is the
    API's own method. Middleware with the lowest `order` sees requests first and answers last,
    whenever it was added.
    """

    __slots__ = ("_api", "_layers", "submit")

    def __init__(self, api: Api) -> None:
        self._api = api
        self._layers: list[tuple[int, Middleware]] = []
        self.submit: Callable[[Request, Reply], None] = api.submit

    def put(self, middleware: Middleware, order: int) -> None:
        """Send requests through `middleware` from now on."""
        self._layers.append((order, middleware))
        self._join()

    def take(self, middleware: Middleware) -> None:
        """Remove `middleware`; requests that are in it already are answered through it."""
        self._layers = [each for each in self._layers if each[1] is not middleware]
        self._join()

    def _join(self) -> None:
        inwards = sorted(self._layers, key=lambda layer: -layer[0])
        joined = reduce(lambda api, layer: layer[1](api), inwards, self._api)
        self.submit = joined.submit
