"""The API that servers with replicas of the same tables call each other by."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final, Protocol

from jedlik.gateway.apis import Api, ApiSpec, ServerParts
from jedlik.gateway.protocols import json_calls
from jedlik.services.dynamodb.replication.peers.protocol import PREFIX, SIGNED_AS
from jedlik.services.dynamodb.tables.database import Database

if TYPE_CHECKING:
    from jedlik.services.dynamodb.api.authorizer import TableAuthorizer

_TARGETS: Final = f"{PREFIX}.".encode()


class Parts(ServerParts, Protocol):
    """What the API is made from."""

    @property
    def database(self) -> Database: ...

    @property
    def authorizer(self) -> TableAuthorizer | None: ...


def _make(parts: Parts) -> Api:
    module = importlib.import_module("jedlik.services.dynamodb.replication.peers.api")
    api: Api = module.ReplicationService(
        parts.database,
        parts.verifier_of(SIGNED_AS),
        parts.authorizer,
        parts.trail("jedlik.services.dynamodb.replication.peers.audit"),
    )
    return api


API: Final = ApiSpec((), (SIGNED_AS,), json_calls(_TARGETS), _make)
