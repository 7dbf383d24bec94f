"""The parts of a process for one region of one account: its database, its work and its APIs.

A server has one realm, its home realm, unless it is started with several regions or accounts.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import secrets
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from jedlik.app.access_control import AccessControl
from jedlik.app.apis import APIS
from jedlik.app.functions.alarm_actions import AlarmActions
from jedlik.app.functions.functions import Functions
from jedlik.app.parts import Parts
from jedlik.app.settings import Settings
from jedlik.app.streaming import Streaming
from jedlik.app.trail import AuditLog
from jedlik.base.clock import Clock
from jedlik.base.ids import Ids
from jedlik.gateway.apis import Api
from jedlik.gateway.exchange import Request
from jedlik.gateway.router import ApiRouter
from jedlik.kernel.arns import Arns
from jedlik.kernel.buckets.buckets import Buckets
from jedlik.kernel.keyspaces import VECTORS_IN_USE
from jedlik.kernel.metrics.flushing import MetricsFlush
from jedlik.kernel.processes import OneServer
from jedlik.services.autoscaling.scaler import Scaler
from jedlik.services.cloudwatch.alarms.kinds import alarm_jobs
from jedlik.services.dax_control.host import ClusterHost
from jedlik.services.dynamodb.background.background import Background
from jedlik.services.dynamodb.background.upgrade import upgrade
from jedlik.services.dynamodb.database.database import COUNTER_GROUPS, Database
from jedlik.services.dynamodb.database.settings import DatabaseSettings
from jedlik.services.dynamodb.encryption.root_sealing import check_root_key, seal_store
from jedlik.services.dynamodb.metering.settings_meter import SettingsMeter
from jedlik.services.dynamodb.tables.quotas import Quotas
from jedlik.storage.disk import check_reserve
from jedlik.storage.engine import Engine, Reads
from jedlik.storage.failures import StorageFailure
from jedlik.storage.open import OpenStorage
from jedlik.values.keybytes import successor

if TYPE_CHECKING:
    from pathlib import Path

    from jedlik.services.dynamodb.database.auto_scaling import AutoScaling


class RunningRealm:
    """One realm of a process. `home` is the database of its account's home region, if that is
    another one, and `engine` and `standby` hold the keys of the realm alone."""

    def __init__(
        self,
        settings: Settings,
        storage: OpenStorage,
        clock: Clock,
        ids: Ids,
        arns: Arns,
        engine: Engine,
        standby: Engine | None,
        home: Database | None = None,
    ) -> None:
        self._settings = settings
        self.database = Database(
            engine,
            clock,
            ids,
            arns,
            _database_settings(settings, arns.region),
            standby=standby,
            delayed=_delayed(storage, engine),
            home=home,
        )
        if settings.peers:  # few servers have some, and the modules for them load slowly
            peers = importlib.import_module("jedlik.app.realms.peers")
            self.database.links = peers.peer_links(settings, self.database)
        if storage.directory is not None:
            self.database.processes = OneServer(storage.directory.run)
        self.database.make_scaling = self._scaling
        if settings.engine is not None:
            # Processes of other machines may have the number of this one.
            self.database.count_in_group(secrets.randbelow(COUNTER_GROUPS))
        if settings.admin_port is not None:
            self.database.metrics.keep_totals()
        self.background = Background(self.database, settings.ttl_interval)
        self.metrics = MetricsFlush(self.database)
        self._scaler = Scaler(self.database)
        self._streaming = Streaming(self.database, settings.kinesis)
        self._functions: Functions | None = None
        self._has_standby = standby is not None
        self._running: list[asyncio.Task[None]] = []
        """Tasks besides the loops; they are cancelled at the end."""
        settings_meter = SettingsMeter(
            self.database.metrics, self.database.meters, clock, self.database.quotas
        )
        self.metrics.samplers.append(settings_meter)
        self.metrics.every_second.append(self.database.count_contributors)
        self.metrics.samplers.append(self.database.sample_vectors)
        self.metrics.every_second.append(self.database.follow_vectors)
        self.metrics.after.append(self.database.store_contributors)

    def _scaling(self) -> AutoScaling:
        # Few servers have tables with replicas.
        from jedlik.services.autoscaling.replica_scaling import ReplicaScaling  # noqa: PLC0415

        return ReplicaScaling(self.database)

    @property
    def loops(self) -> tuple[Background, Scaler]:
        """Its background work."""
        return (self.background, self._scaler)

    async def open(self) -> None:
        """Upgrade the store to this version, and check that its sealed values can be opened and
        that those of a shared engine are sealed. Raises EngineUnusable."""
        root = self._settings.root_key
        check_root_key(await self.database.rings(), root)
        if root is not None and self._settings.engine is not None:
            await seal_store(self.database)
        await upgrade(self.database)

    def api(
        self,
        access: AccessControl,
        audit_log: AuditLog,
        clusters: ClusterHost,
        otherwise: Api,
        unsupported: Callable[[Request], str | None],
        function_directory: Path | None,
    ) -> Api:
        """Make the handler of its requests; `otherwise` answers those that belong to no API."""
        self._functions = Functions(
            self._settings, self.database, access, audit_log, function_directory
        )
        for kind in alarm_jobs(self.database, AlarmActions(self._functions)):
            self.background.due_jobs.add(kind)
        parts = Parts(self.database, access, audit_log, self._functions, clusters, unsupported)
        return ApiRouter(APIS, parts, otherwise)

    def start(self) -> None:
        """Begin the background work, on the running event loop."""
        assert self._functions is not None, "the APIs were made"
        self.background.start()
        self._scaler.start()
        self.database.budgets.exchange.start()
        self._functions.start()
        self._streaming.start()
        self.metrics.start()
        loop = asyncio.get_running_loop()
        self._running.append(loop.create_task(self._warm_vectors()))
        if self._has_standby:
            eventual = importlib.import_module("jedlik.services.dynamodb.database.eventual")
            self._running.append(loop.create_task(eventual.follow(self.database.catalog)))

    async def _warm_vectors(self) -> None:
        """Load the vectors that were searched before the server ended, if any were."""
        try:
            store = self.database.store
            page = await store.range(VECTORS_IN_USE, successor(VECTORS_IN_USE), limit=1)
        except StorageFailure:
            return  # searches will load them
        if page.rows:
            warming = importlib.import_module("jedlik.services.dynamodb.vectors.warming")
            await warming.warm(self.database)

    async def stop_triggers(self, seconds: float) -> None:
        """Stop delivering, in at most `seconds`. Requests are still answered, since handlers send
        some."""
        if self._functions is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._functions.stop_triggers()

    async def stop(self) -> None:
        """End its work, once no more requests come."""
        if self._functions is not None:
            await self._functions.stop()
        await self._streaming.stop()
        await self.database.budgets.exchange.stop()
        await self._scaler.stop()
        await self.background.stop()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        if self.database.held_vectors is not None:
            await self.database.held_vectors.stop()
        await self.metrics.stop()


def _database_settings(settings: Settings, region: str) -> DatabaseSettings:
    return DatabaseSettings(
        transition_seconds=settings.transition_seconds,
        stream_settings=settings.stream_settings,
        root_key=settings.root_key,
        capacity=settings.capacity,
        quotas=Quotas(region, settings.table_quota, settings.account_quota),
        restorable_delay=settings.restorable_delay,
        vector_memory=settings.vector_memory,
        buckets=Buckets(settings.buckets),
        check_reserve=_reserve(settings),
        replication=settings.replication,
    )


def _reserve(settings: Settings) -> Callable[[], None]:
    """Checks the reserve of the disk with the data, if that is this server's."""
    if settings.engine is not None or settings.directory is None:
        return lambda: None
    return partial(check_reserve, settings.directory)


def _delayed(storage: OpenStorage, engine: Engine) -> Reads | None:
    """Reads that are deliberately stale, from a realm's `engine`."""
    if storage.delayed is None:
        return None
    from jedlik.storage.prefixed import PrefixedEngine, PrefixedReads  # noqa: PLC0415

    if not isinstance(engine, PrefixedEngine):
        return storage.delayed
    return PrefixedReads(storage.delayed, engine.prefix)
