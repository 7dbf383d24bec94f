"""Auto scaling as one of the server's APIs."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final, Protocol

from jedlik.gateway.apis import Api, ApiSpec, ServerParts
from jedlik.gateway.protocols import json_calls
from jedlik.services.dynamodb.tables.database import Database

if TYPE_CHECKING:
    from jedlik.services.dynamodb.api.authorizer import TableAuthorizer

SIGNED_AS: Final = "application-autoscaling"
_TARGETS: Final = b"AnyScaleFrontendService."


class Parts(ServerParts, Protocol):
    """What the API is made from."""

    @property
    def database(self) -> Database: ...

    @property
    def authorizer(self) -> TableAuthorizer | None: ...


def _make(parts: Parts) -> Api:
    module = importlib.import_module("jedlik.services.autoscaling.api")
    api: Api = module.ScalingService(
        parts.database,
        parts.verifier_of(SIGNED_AS),
        parts.authorizer,
        parts.trail("jedlik.services.autoscaling.audit"),
    )
    return api


API: Final = ApiSpec(("Application Auto Scaling",), (SIGNED_AS,), json_calls(_TARGETS), _make)
