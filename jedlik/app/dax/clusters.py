"""The clusters of a server, wired, and as the control API sees them.

Clusters are in one process of a server (`Settings.dax` is None in the others). The code that runs
them is loaded if there are any.
"""

from __future__ import annotations

import importlib
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from jedlik.app.access_control import AccessControl
from jedlik.app.addresses import hosts, listening
from jedlik.app.settings import Settings
from jedlik.app.trail import AuditLog
from jedlik.base.ids import Ids
from jedlik.services.dax_control.host import ClusterHost
from jedlik.services.dynamodb.database.database import Database

if TYPE_CHECKING:
    from jedlik.dax.backend import Backend
    from jedlik.dax.clusters import Clusters

_PLAIN_REFUSED = (
    "This server can be reached from other machines, so it takes only clusters whose "
    "ClusterEndpointEncryptionType is TLS."
)
_TLS_REFUSED = "This server has no certificates: start it with --tls auto or --tls-cert."


class Dax:
    """The clusters of one process, if it runs them."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        access: AccessControl,
        audit_log: AuditLog,
        ids: Ids,
        tls: ssl.SSLContext | None,
        *,
        loopback: bool,
    ) -> None:
        """`loopback`: only this machine reaches the server."""
        self._settings = settings
        self._database = database
        self._access = access
        self._audit_log = audit_log
        self._ids = ids
        self._tls = tls
        self._plain = settings.insecure or loopback
        self.clusters: Clusters | None = None

    def host(self) -> ClusterHost:
        """The runner of the clusters, for the control API."""
        runs = self._settings.dax is not None or self._settings.dax_elsewhere
        return ClusterHost(runs, self._refusal, self._address, self._changed)

    async def start(self, samplers: list[Callable[[], None]]) -> None:
        """Run the clusters, and sample their metrics. Raises `AddressError`."""
        settings = self._settings.dax
        if settings is None:
            return
        module: Any = importlib.import_module("jedlik.app.dax.parts")
        wiring = await module.wiring(
            settings, self._database, self._access, self._ids, self._bind,
            listening.AddressError, self._tls, partial(self._backend, module), plain=self._plain,
        )  # fmt: skip
        self.clusters = clusters = module.Clusters(settings, wiring)
        await clusters.start()
        samplers.append(module.ClusterMeter(self._database.metrics, lambda: clusters.nodes))

    async def stop(self) -> None:
        """Stop them."""
        if self.clusters is not None:
            await self.clusters.stop()

    def _bind(self, port: int) -> list[socket.socket]:
        return listening.listen(self._settings.host, port)

    def _backend(self, module: Any, cluster: str, role: str | None) -> Backend:
        trail = self._audit_log.trail("jedlik.services.dynamodb.api.audit")
        backend: Backend = module.backend_of(
            self._database, self._access, self._ids, trail, cluster, role
        )
        return backend

    def _refusal(self, tls: bool) -> str | None:
        if tls:
            return _TLS_REFUSED if self._tls is None else None
        return None if self._plain else _PLAIN_REFUSED

    def _address(self, port: int) -> tuple[str, int]:
        settings = self._settings.dax
        advertised = None if settings is None else settings.advertised_for(port)
        return advertised or (hosts.reachable_host(self._settings.host), port)

    def _changed(self) -> None:
        if self.clusters is not None:
            self.clusters.wake()
