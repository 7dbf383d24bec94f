"""The description of an API, and which API a request is for.

An API is one `ApiSpec` in its service's folder (`spec`), listed once, in `app.apis`. Most servers
never get a request for most of them, so an API is made, and its code loaded, by its first request.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, Protocol, TypeVar
from urllib.parse import unquote_to_bytes

from jedlik.auth.authorization import read_claim
from jedlik.base.errors import ServiceError
from jedlik.gateway.exchange import Reply, Request
from jedlik.gateway.verifier import Verifier

if TYPE_CHECKING:
    from jedlik.gateway.audit.trail import Trail

EVERYWHERE: Final = ("iam", "sts")
"""Services that belong to an account rather than a region, whatever region a request is signed for
("Regional and global endpoints", AWS general reference)."""
_SCOPE: Final = re.compile(
    rb"([^/,\s]+)/[0-9]{8}/([A-Za-z0-9-]+)/([a-z0-9-]{1,63})/aws4_request"
).match
_MAX_CREDENTIAL: Final = 512
"""Bytes of a credential that are examined; those of AWS have some 70."""


class Api(Protocol):
    """Answers the requests of one API."""

    def submit(self, request: Request, reply: Reply) -> None:
        """Answer `request` by calling `reply` once, on the event loop, immediately or later."""
        ...


class ServerParts(Protocol):
    """The parts from which every API is made; services that need more have their own Protocol."""

    def verifier_of(self, service: str, input_headers: tuple[bytes, ...] = (), /) -> Verifier:
        """The verifier of signatures that are scoped to a service; `input_headers` carry members
        of inputs, so they must be signed."""
        ...

    def trail(self, events: str) -> Trail | None:
        """The audit trail whose events the module of that name describes; None without a log."""
        ...

    def unsupported_service(self, request: Request) -> str | None:
        """The text for a request that is signed for a service that does not exist here."""
        ...

    @property
    def audits(self) -> bool:
        """Whether there is an audit log."""


class StoreParts(ServerParts, Protocol):
    """The parts from which most APIs are made."""

    @property
    def database(self) -> object:
        """The subject of their operations."""

    @property
    def authorizer(self) -> object | None:
        """Decides what callers may do; None: everything is allowed."""


def loaded_api(package: str, name: str, signed_as: str) -> Callable[[StoreParts], Api]:
    """A function that makes a package's API: the class of that name in its module `api`, with the
    audit events of its module `audit`."""

    def make(parts: StoreParts) -> Api:
        made: Api = getattr(importlib.import_module(f"{package}.api"), name)(
            parts.database,
            parts.verifier_of(signed_as),
            parts.authorizer,
            parts.trail(f"{package}.audit"),
        )
        return made

    return make


PartsT_contra = TypeVar("PartsT_contra", bound=ServerParts, contravariant=True)


@dataclass(frozen=True, slots=True)
class ApiSpec(Generic[PartsT_contra]):
    """One API. `titles` are the names of its services, `signing_names` their names in signatures.
    `package` is the package whose module `api` is loaded by the first request, together with
    `audit` if there is an audit log; None: nothing takes long to load."""

    titles: tuple[str, ...]
    signing_names: tuple[str, ...]
    recognizes: Callable[[Request], bool]
    make: Callable[[PartsT_contra], Api]
    package: str | None = None

    def modules(self, parts: PartsT_contra) -> tuple[str, ...]:
        """The modules to load before `make` is called, so that it takes no time."""
        if self.package is None:
            return ()
        api, audit = f"{self.package}.api", f"{self.package}.audit"
        return (api, audit) if parts.audits else (api,)


class Credential(NamedTuple):
    """What a request's credential says, not verified."""

    access_key: str
    region: str
    service: str


def credential_of(request: Request) -> Credential | None:
    """The credential of a request, in its header or query; None if it has none.

    It is read as the verifier reads it, so that a signature for one region or account opens no
    other.
    """
    try:
        credential = read_claim(request).credential
    except ServiceError:
        credential = _credential_of_refused(request)
    found = _SCOPE(credential[:_MAX_CREDENTIAL])
    if found is None:
        return None
    return Credential(*(part.decode("latin-1") for part in found.groups()))


def _credential_of_refused(request: Request) -> bytes:
    """What looks like the credential in a claim that every verifier refuses, so that the refusal
    has the form of the service that was meant."""
    header = request.headers.get(b"authorization")
    if header is not None:
        return header.partition(b"Credential=")[2]
    query = request.target.partition(b"?")[2]
    return unquote_to_bytes(query.partition(b"X-Amz-Credential=")[2].partition(b"&")[0])


def service_signed_for(request: Request) -> str | None:
    """The service in the scope of a request's credential; not verified."""
    credential = credential_of(request)
    return None if credential is None else credential.service


def unsupported_service(apis: Sequence[ApiSpec[PartsT_contra]], request: Request) -> str | None:
    """The text for a request that is signed for a service that is not among `apis`.

    `AWS_ENDPOINT_URL` sends all of a program's requests to AWS to one address, whereas
    `AWS_ENDPOINT_URL_DYNAMODB` sends only those to DynamoDB (AWS SDKs and tools reference guide,
    "Service-specific endpoints"). The text points out this mistake.
    """
    service = service_signed_for(request)
    if service is None or any(service in api.signing_names for api in apis):
        return None
    first, *others = (title for api in reversed(apis) for title in api.titles)
    listed = f"{', '.join(others[:-1])} and {others[-1]}"
    return (
        f"Jedlik has no {service}: it is {first}, with {listed}. "
        "Set AWS_ENDPOINT_URL_DYNAMODB rather than AWS_ENDPOINT_URL, and requests of other "
        "services do not come here."
    )
