"""The key service as one of the server's APIs."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final, Protocol

from jedlik.gateway.apis import Api, ApiSpec, ServerParts
from jedlik.gateway.protocols import json_calls
from jedlik.kernel.store import Store

if TYPE_CHECKING:
    from jedlik.services.iam.authorization.authorizer import Authorizer

_SIGNED_AS: Final = "kms"
_TARGETS: Final = b"TrentService."


class Parts(ServerParts, Protocol):
    """What the key service is made from."""

    @property
    def database(self) -> Store: ...

    @property
    def authorizer(self) -> Authorizer | None: ...


def _make(parts: Parts) -> Api:
    module = importlib.import_module("jedlik.services.kms.api")
    api: Api = module.KeyService(
        parts.database,
        parts.verifier_of(_SIGNED_AS),
        parts.authorizer,
        parts.trail("jedlik.services.kms.audit"),
    )
    return api


API: Final = ApiSpec(("KMS",), (_SIGNED_AS,), json_calls(_TARGETS), _make)
