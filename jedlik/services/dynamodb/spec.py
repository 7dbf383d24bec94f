"""DynamoDB and its streams as one of the server's APIs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from jedlik.gateway.apis import Api, ApiSpec, ServerParts
from jedlik.gateway.exchange import Request
from jedlik.gateway.protocols import AMZ_JSON, is_json_call
from jedlik.services.dynamodb.api.dispatch import Service
from jedlik.services.dynamodb.database.database import Database

if TYPE_CHECKING:
    from jedlik.services.dynamodb.api.authorizer import TableAuthorizer

SIGNED_AS: Final = "dynamodb"


class Parts(ServerParts, Protocol):
    """What the API is made from."""

    @property
    def database(self) -> Database: ...

    @property
    def authorizer(self) -> TableAuthorizer | None: ...


def _recognizes(request: Request) -> bool:
    # Every call in JSON that is not another API's: DynamoDB answers that there is no such
    # operation.
    return is_json_call(request, AMZ_JSON)


def _make(parts: Parts) -> Api:
    return Service(
        parts.database,
        parts.verifier_of(SIGNED_AS),
        parts.authorizer,
        parts.trail("jedlik.services.dynamodb.api.audit"),
        parts.unsupported_service,
    )


API: Final = ApiSpec(("DynamoDB",), (SIGNED_AS,), _recognizes, _make)
