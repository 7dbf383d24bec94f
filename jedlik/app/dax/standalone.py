"""A DAX cluster by itself, in front of DynamoDB at another address: `jedlik dax`."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

from jedlik.app.addresses import listening
from jedlik.app.addresses.exposure import UnsafeSettings
from jedlik.app.dax.parts import resolved
from jedlik.app.process import END_SIGNALS, Stopping
from jedlik.app.settings import Credentials
from jedlik.auth.signing import SigningCredentials
from jedlik.auth.sigv4 import OpenVerifier, Verifier
from jedlik.base.clock import SystemClock
from jedlik.base.ids import RandomIds
from jedlik.dax.access.access import Access
from jedlik.dax.access.signatures import SIGNED_AS
from jedlik.dax.attribute_lists import AttributeLists
from jedlik.dax.cache import TimesToLive
from jedlik.dax.cluster import Cluster
from jedlik.dax.connection import DaxConnection
from jedlik.dax.node import MAX_CONNECTIONS, Advertised, Node, NodeLimits
from jedlik.dax.settings import FIRST_CLUSTER
from jedlik.dax.upstream import Upstream
from jedlik.kernel.arns import Arns
from jedlik.kernel.remote.endpoint import Endpoint
from jedlik.kernel.store import Store
from jedlik.storage.open import StorageSettings, open_storage


@dataclass(frozen=True, slots=True)
class StandaloneSettings:
    """`upstream` is DynamoDB's URL, `node` are the credentials for it. With `clients`, requests
    must be signed with these credentials. `directory` None keeps attribute lists in memory."""

    upstream: str
    region: str
    node: SigningCredentials = field(repr=False)
    host: str
    port: int
    directory: Path | None
    advertised: tuple[str, int | None] | None
    memory: int
    lives: TimesToLive
    clients: Credentials | None = field(repr=False)
    insecure: bool
    grace_seconds: float = 10.0


def run(settings: StandaloneSettings, announce: Callable[[int], None]) -> None:
    """Serve until SIGTERM or SIGINT; calls `announce` with the port when it answers. Raises
    `AddressError`, `UnsafeSettings` and `DataDirectoryError`."""
    listening.allow_connections()
    sockets = listening.listen(settings.host, settings.port)
    try:
        if not listening.is_loopback(sockets) and not settings.insecure:
            raise UnsafeSettings(
                f"{settings.host} can be reached from other machines, and requests and answers "
                "can be read on the way; use --host 127.0.0.1, or accept that with --insecure"
            )
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings, sockets, announce))
    finally:
        listening.close(sockets)


async def _serve(
    settings: StandaloneSettings, sockets: list[socket.socket], announce: Callable[[int], None]
) -> None:
    stopping = Stopping(END_SIGNALS)
    stopping.listen()
    clock, ids, port = SystemClock(), RandomIds(), listening.port_of(sockets)
    storage = open_storage(StorageSettings(settings.directory, "fsync"))
    upstream = Upstream(Endpoint(settings.upstream, settings.region, settings.node, clock.now))
    try:
        await storage.start()
        arns = Arns(settings.region)
        lists = AttributeLists(Store(storage.engine, clock, ids, arns))
        cluster = Cluster(FIRST_CLUSTER, upstream, lists, clock, settings.memory, settings.lives)
        advertised = None
        if settings.advertised is not None:
            host, shown = settings.advertised
            addresses = await resolved(host, listening.AddressError)
            advertised = Advertised(host, addresses, shown or port)
        access = Access(_verifier(settings.clients, clock), None)
        arn = f"arn:aws:dax:{arns.region}:{arns.account}:cache/{FIRST_CLUSTER}"
        limits = NodeLimits(listening.files_for_clusters(MAX_CONNECTIONS))
        node = Node(cluster, arn, access, clock, ids, arns.region, limits, advertised)
        await node.start(DaxConnection, sockets)
        announce(port)
        await stopping.asked.wait()
        await node.stop(settings.grace_seconds)
    finally:
        await upstream.close()
        await storage.close()


def _verifier(clients: Credentials | None, clock: SystemClock) -> OpenVerifier | Verifier:
    if clients is None:
        return OpenVerifier()

    def secret(access_key: str) -> str | None:
        return clients.secret_key if access_key == clients.access_key else None

    return Verifier(secret, clock, services=(SIGNED_AS,), token_signed=False)
