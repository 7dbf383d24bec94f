"""Middleware: what sees requests before the APIs do, and their answers before the client does.

A middleware makes an API of an API: it records, delays, fails or passes on. Servers of a test suite
have some; a plain server has none, and pays nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from jedlik.gateway.apis import Api

Middleware = Callable[[Api], Api]


def unchanged(api: Api) -> Api:
    """No middleware."""
    return api
