"""IAM and STS as one of the server's APIs: both speak the query protocol."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final, Protocol

from jedlik.gateway.apis import Api, ApiSpec, ServerParts
from jedlik.gateway.protocols import is_form
from jedlik.services.iam.directory import Directory

if TYPE_CHECKING:
    from jedlik.auth.sessions import Sessions
    from jedlik.services.iam.authorization.authorizer import Authorizer


class Parts(ServerParts, Protocol):
    """What the APIs of identities need."""

    @property
    def database(self) -> Directory: ...

    @property
    def sessions(self) -> Sessions: ...

    @property
    def authorizer(self) -> Authorizer | None: ...


def _make(parts: Parts) -> Api:
    module = importlib.import_module("jedlik.services.iam.api")
    api: Api = module.QueryService(
        parts.database,
        parts.verifier_of,
        parts.sessions,
        parts.authorizer,
        parts.trail("jedlik.services.iam.audit"),
        parts.unsupported_service,
    )
    return api


API: Final = ApiSpec(("IAM", "STS"), ("iam", "sts"), is_form, _make, __package__)
