"""The parts that clusters are made from, loaded if a server runs some."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import TYPE_CHECKING

from jedlik.app.access_control import AccessControl
from jedlik.app.addresses import listening
from jedlik.base.ids import Ids
from jedlik.dax.access.access import Access
from jedlik.dax.access.authorizer import ClusterAuthorizer
from jedlik.dax.access.roles import ClusterRole, ServerRole
from jedlik.dax.access.signatures import SIGNED_AS
from jedlik.dax.backend import Backend
from jedlik.dax.clusters import BackendOf, Bind, Clusters, Wiring
from jedlik.dax.local import LocalBackend
from jedlik.dax.metering import ClusterMeter
from jedlik.dax.node import MAX_CONNECTIONS
from jedlik.dax.settings import DaxSettings
from jedlik.services.dynamodb.api.dispatch import Service
from jedlik.services.dynamodb.database.database import Database

if TYPE_CHECKING:
    from jedlik.gateway.audit.trail import Trail


async def wiring(
    settings: DaxSettings,
    database: Database,
    access: AccessControl,
    ids: Ids,
    bind: Bind,
    bind_failure: type[Exception],
    tls: ssl.SSLContext | None,
    backend: BackendOf,
    *,
    plain: bool,
) -> Wiring:
    """The parts of the clusters. Raises `bind_failure` if the name to advertise cannot be
    resolved."""
    addresses: tuple[str, ...] = ()
    if settings.advertised is not None:
        addresses = await resolved(settings.advertised[0], bind_failure)
    return Wiring(
        database, ids, access_of(database, access), backend, bind, (bind_failure,), tls, plain,
        database.transition_seconds,
        listening.files_for_clusters(MAX_CONNECTIONS), addresses,
    )  # fmt: skip


def access_of(database: Database, access: AccessControl) -> Access:
    """Who may use clusters."""
    tables = access.authorizer
    authorizer = None
    if tables is not None:
        authorizer = ClusterAuthorizer(
            database.identities, database.catalog, database.arns, database.clock,
            tables.administrator,
        )  # fmt: skip
    return Access(access.verifier_of(SIGNED_AS, token_signed=False), authorizer)


def backend_of(
    database: Database,
    access: AccessControl,
    ids: Ids,
    trail: Trail | None,
    cluster: str,
    role: str | None,
) -> Backend:
    """DynamoDB for a cluster; if policies decide, called as its role."""
    authorizer = access.authorizer
    if role is None or authorizer is None:
        service = Service(database, ServerRole(database.arns), None, trail)
    else:
        verifier = ClusterRole(authorizer, database.clock, role, cluster)
        service = Service(database, verifier, authorizer, trail)
    return LocalBackend(service, ids)


async def resolved(host: str, failure: type[Exception]) -> tuple[str, ...]:
    """The IP addresses of a host. Raises `failure`."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise failure(
            f"{host} cannot be advertised: it has no address ({error.strerror})"
        ) from None
    return tuple(dict.fromkeys(str(address[0]).partition("%")[0] for *_, address in found))


__all__ = ["ClusterMeter", "Clusters", "access_of", "backend_of", "resolved", "wiring"]
