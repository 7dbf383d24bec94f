"""Runs the clusters that the control plane describes.

One process of a server runs all of them, since their caches are in its memory; if it dies, another
process takes over with empty caches. It checks every second whether the control plane has changed,
and immediately if it was changed in this process.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from jedlik.base.ids import Ids
from jedlik.dax.access.access import Access
from jedlik.dax.attribute_lists import AttributeLists
from jedlik.dax.backend import Backend
from jedlik.dax.cache import TimesToLive
from jedlik.dax.cluster import Cluster
from jedlik.dax.connection import DaxConnection
from jedlik.dax.node import Advertised, Node, NodeLimits
from jedlik.dax.settings import FIRST_CLUSTER, FIRST_TLS_CLUSTER, DaxSettings
from jedlik.kernel.rounds import POLL_SECONDS, failures_logged, wait_for_wake
from jedlik.kernel.store import Store
from jedlik.services.dax_control import model
from jedlik.services.dax_control.model import CLUSTER_KIND, QUERY_TTL, RECORD_TTL, State
from jedlik.services.dax_control.operations.control import cluster_arn
from jedlik.services.dax_control.store import change_state, decoded, read_stored
from jedlik.storage.engine import Value

log = logging.getLogger(__name__)

GRACE_SECONDS: Final = 5.0
_PORTS: Final = 100
"""Ports after the first cluster's that later clusters may get."""
_NODE_TYPE: Final = "dax.r5.large"
_UNREAD: Final = b"unread"

Bind = Callable[[int], list[socket.socket]]
"""Sockets that listen on a port; raises OSError or the server's own error for that."""
BackendOf = Callable[[str, str | None], Backend]
"""DynamoDB for a cluster of that ARN and role."""


@dataclass(slots=True)
class _Running:
    """A cluster that listens. `reboots` is the number in its record that was last carried out."""

    node: Node
    port: int
    reboots: int


class Wiring(NamedTuple):
    """What clusters are made from. `bind_failures` are the errors of `bind` if a port is taken."""

    store: Store
    ids: Ids
    access: Access
    backend_of: BackendOf
    bind: Bind
    bind_failures: tuple[type[Exception], ...]
    tls: ssl.SSLContext | None
    plain: bool
    """Whether unencrypted connections are accepted."""
    transition_seconds: float
    connections: int
    """How many all clusters together may have open."""
    advertised_addresses: tuple[str, ...] = ()


class Clusters:
    """Runs the clusters of one server, in this process."""

    def __init__(self, settings: DaxSettings, wiring: Wiring) -> None:
        self._settings = settings
        self._wiring = wiring
        self._lists = AttributeLists(wiring.store)
        self._limits = NodeLimits(wiring.connections)
        self._running: dict[str, _Running] = {}
        self._seen: Value = _UNREAD
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._deleting = False

    @property
    def nodes(self) -> dict[str, Node]:
        """The nodes that listen, by their clusters' names."""
        return {name: each.node for name, each in self._running.items()}

    def wake(self) -> None:
        """The control plane was changed: check it now."""
        self._wake.set()

    async def start(self) -> None:
        """Run all clusters, including the first ones. Raises what `bind` raises."""
        first = {}
        if self._wiring.plain:
            first[FIRST_CLUSTER] = self._settings.port
        if self._wiring.tls is not None:
            first[FIRST_TLS_CLUSTER] = self._settings.tls_port
        bound = {name: self._wiring.bind(port) for name, port in first.items()}
        await self._note_first(bound)
        state = decoded(await read_stored(self._wiring.store.engine))
        for name, sockets in bound.items():
            await self._run(state, state.clusters[name], sockets)
        await self.reconcile()
        self._task = asyncio.get_running_loop().create_task(self._watch())

    async def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Answer what was accepted, and end."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await asyncio.gather(*(each.node.stop(grace) for each in self._running.values()))

    async def reconcile(self) -> None:
        """Follow the control plane, if it has changed."""
        stored = await read_stored(self._wiring.store.engine)
        if stored == self._seen and not self._deleting:
            return
        state = decoded(stored)
        await self._apply(state)
        self._seen = stored

    async def _watch(self) -> None:
        authorizer = self._wiring.access.authorizer
        while True:
            await wait_for_wake(self._wake, POLL_SECONDS)
            self._wake.clear()
            with failures_logged(log, "DAX's control plane"):
                if authorizer is not None:  # answers from the caches read no version otherwise
                    await authorizer.refresh()
                await self.reconcile()

    async def _note_first(self, bound: dict[str, list[socket.socket]]) -> None:
        """Note the first clusters in the control plane, with their present ports."""
        store = self._wiring.store
        now, arns = store.clock.now(), store.arns

        def note(state: State) -> None:
            for each in state.clusters.values():
                each.port = 0 if each.name in (FIRST_CLUSTER, FIRST_TLS_CLUSTER) else each.port
            for name, sockets in bound.items():
                cluster = state.clusters.get(name)
                if cluster is None or cluster.deleted is not None:
                    node = model.Node(f"{name}-a", now, f"{arns.region}a")
                    cluster = model.Cluster(name, now, _NODE_TYPE, [node])
                    cluster.tls = name == FIRST_TLS_CLUSTER
                    cluster.description = "Made by the server"
                    state.clusters[name] = cluster
                cluster.port = sockets[0].getsockname()[1]

        await change_state(store.engine, note)

    # --- From the control plane to nodes ----------------------------------------------------------

    async def _apply(self, state: State) -> None:
        for name in list(self._running):
            cluster = state.clusters.get(name)
            if cluster is None or cluster.deleted is not None:
                await self._end(name)
        for cluster in state.clusters.values():
            running = self._running.get(cluster.name)
            if cluster.deleted is not None:
                continue
            if running is None:
                await self._start(state, cluster)
            else:
                self._update(state, cluster, running)
        await self._remove_deleted(state)

    async def _start(self, state: State, cluster: model.Cluster) -> None:
        if cluster.tls if self._wiring.tls is None else not (cluster.tls or self._wiring.plain):
            return  # created by a server with other certificates
        sockets = self._bind_for(cluster)
        if sockets is None:
            log.error("there is no free port for DAX's cluster %s", cluster.name)
            return
        port = await self._run(state, cluster, sockets)
        if port != cluster.port:

            def note(state: State) -> None:
                found = state.clusters.get(cluster.name)
                if found is not None:
                    found.port = port

            await change_state(self._wiring.store.engine, note)

    def _bind_for(self, cluster: model.Cluster) -> list[socket.socket] | None:
        """Sockets on the former port of a cluster, or else on the first free one."""
        base = self._settings.tls_port if cluster.tls else self._settings.port
        ports = [cluster.port] if cluster.port else []
        ports += range(base + 1, min(base + _PORTS, 65536)) if base else (0,)
        for port in ports:
            with contextlib.suppress(*self._wiring.bind_failures):
                return self._wiring.bind(port)
        return None

    async def _run(self, state: State, cluster: model.Cluster, sockets: list[socket.socket]) -> int:
        wiring = self._wiring
        store = wiring.store
        arn = cluster_arn(store.arns, cluster.name)
        port: int = sockets[0].getsockname()[1]
        plane = Cluster(
            cluster.name,
            wiring.backend_of(arn, cluster.role),
            self._lists,
            store.clock,
            self._settings.memory,
            lives_of(state, cluster),
        )
        node = Node(
            plane, arn, wiring.access, store.clock, wiring.ids, store.arns.region,
            self._limits, self._advertised(port),
        )  # fmt: skip
        await node.start(DaxConnection, sockets, wiring.tls if cluster.tls else None)
        self._running[cluster.name] = _Running(node, port, cluster.reboots)
        return port

    def _advertised(self, port: int) -> Advertised | None:
        found = self._settings.advertised_for(port)
        if found is None:
            return None
        host, shown = found
        return Advertised(host, self._wiring.advertised_addresses, shown)

    def _update(self, state: State, cluster: model.Cluster, running: _Running) -> None:
        memory = running.node.memory
        memory.lives = lives_of(state, cluster)
        if cluster.reboots != running.reboots:
            running.reboots = cluster.reboots
            running.node.cluster.reboot()

    async def _end(self, name: str) -> None:
        await self._running.pop(name).node.stop()

    async def _remove_deleted(self, state: State) -> None:
        """Remove clusters whose deletion is over."""
        now = self._wiring.store.clock.now()
        transition = self._wiring.transition_seconds
        deleted = [each for each in state.clusters.values() if each.deleted is not None]
        over = [each.name for each in deleted if now >= (each.deleted or 0.0) + transition]
        self._deleting = len(over) < len(deleted)
        if not over:
            return

        def remove(state: State) -> None:
            for name in over:
                cluster = state.clusters.get(name)
                if cluster is not None and cluster.deleted is not None:
                    del state.clusters[name]
                    state.note(name, CLUSTER_KIND, "Cluster deleted.", now)

        await change_state(self._wiring.store.engine, remove)


def lives_of(state: State, cluster: model.Cluster) -> TimesToLive:
    """The times to live of a cluster."""
    group = state.parameters_of(cluster)
    return TimesToLive(group.millis(RECORD_TTL) / 1000.0, group.millis(QUERY_TTL) / 1000.0)
