"""Functions as one of the server's APIs: the only one whose operations are found by their path."""

from __future__ import annotations

import re
from typing import Final, Protocol

from jedlik.gateway.apis import Api, ApiSpec, ServerParts
from jedlik.gateway.exchange import Request

SIGNED_AS: Final = "lambda"
_DATED: Final = re.compile(rb"/20[0-9]{2}-[0-9]{2}-[0-9]{2}(/|\Z)").match
"""How only paths of this API begin."""


class Parts(ServerParts, Protocol):
    """What the API needs."""

    @property
    def functions(self) -> Api:
        """The API and the runtime of functions, loaded when needed."""
        ...


def _recognizes(request: Request) -> bool:
    return _DATED(request.target) is not None


def _make(parts: Parts) -> Api:
    return parts.functions


API: Final = ApiSpec(("Lambda",), (SIGNED_AS,), _recognizes, _make)
