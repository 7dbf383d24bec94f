"""DAX's control plane as one of the server's APIs."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final, Protocol

from jedlik.gateway.apis import Api, ApiSpec, ServerParts
from jedlik.gateway.protocols import json_calls
from jedlik.services.dax_control.host import ClusterHost
from jedlik.services.dynamodb.database.database import Database

if TYPE_CHECKING:
    from jedlik.services.iam.authorization.authorizer import Authorizer

SIGNED_AS: Final = "dax"
_TARGETS: Final = b"AmazonDAXV3."


class Parts(ServerParts, Protocol):
    """What the API needs."""

    @property
    def database(self) -> Database: ...

    @property
    def authorizer(self) -> Authorizer | None: ...

    @property
    def clusters(self) -> ClusterHost: ...


def _make(parts: Parts) -> Api:
    module = importlib.import_module("jedlik.services.dax_control.api")
    api: Api = module.ControlService(
        parts.database,
        parts.clusters,
        parts.verifier_of(SIGNED_AS),
        parts.authorizer,
        parts.trail("jedlik.services.dax_control.audit"),
    )
    return api


API: Final = ApiSpec(("DAX",), (SIGNED_AS,), json_calls(_TARGETS), _make, __package__)
