"""CloudWatch as one of the server's APIs.

Clients use one of three protocols, depending on their age: the query protocol, JSON with targets,
and CBOR with the operation in the path. IAM has forms too; the version of the API distinguishes
them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final, Protocol

from jedlik.gateway.apis import Api, ApiSpec, StoreParts, service_signed_for
from jedlik.gateway.exchange import Request
from jedlik.gateway.protocols import AMZ_JSON, is_form, is_json_call

if TYPE_CHECKING:
    from jedlik.services.cloudwatch.permissions import Invocation

SIGNED_AS: Final = "monitoring"
_TARGETS: Final = b"GraniteServiceVersion20100801."
_PATHS: Final = b"/service/GraniteServiceVersion20100801/operation/"
_VERSION: Final = b"Version=2010-08-01"


class Parts(StoreParts, Protocol):
    """What the API needs."""

    @property
    def invocation(self) -> Invocation:
        """The permissions for calling a function."""
        ...


def _make(parts: Parts) -> Api:
    made: Api = importlib.import_module("jedlik.services.cloudwatch.api").MonitoringService(
        parts.database,
        parts.verifier_of(SIGNED_AS),
        parts.authorizer,
        parts.trail("jedlik.services.cloudwatch.audit"),
        parts.invocation,
    )
    return made


def _recognizes(request: Request) -> bool:
    if request.target.startswith(_PATHS):
        return request.method == b"POST"
    if request.headers.get(b"x-amz-target", b"").startswith(_TARGETS):
        return is_json_call(request, AMZ_JSON)
    return is_form(request) and (
        _VERSION in request.content or service_signed_for(request) == SIGNED_AS
    )


API: Final = ApiSpec(
    ("CloudWatch",),
    (SIGNED_AS,),
    _recognizes,
    _make,
    __package__,
)
