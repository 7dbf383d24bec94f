"""The parts of one process, wired: requests come in at the front door and end in the store."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import secrets
import shutil
import socket
import ssl
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from jedlik.app import exposure, listening
from jedlik.app.alarm_actions import AlarmActions
from jedlik.app.apis import APIS
from jedlik.app.dax import Dax
from jedlik.app.functions import Functions
from jedlik.app.guard import guard_of
from jedlik.app.parts import Parts
from jedlik.app.seeds import plant_in
from jedlik.app.settings import Settings
from jedlik.app.streaming import Streaming
from jedlik.app.trail import audit_log_of
from jedlik.base.clock import Clock, SystemClock
from jedlik.base.ids import Ids
from jedlik.gateway.apis import unsupported_service
from jedlik.gateway.middleware import Layered
from jedlik.gateway.router import ApiRouter
from jedlik.http.front_desk import FrontDesk
from jedlik.http.own_hosts import OwnHosts
from jedlik.http.server import HttpServer
from jedlik.http.settings import HttpSettings
from jedlik.kernel.arns import Arns
from jedlik.kernel.copying import is_incomplete
from jedlik.kernel.metrics.flushing import MetricsFlush
from jedlik.kernel.places.places import Places
from jedlik.kernel.processes import OneServer
from jedlik.services.autoscaling.scaler import Scaler
from jedlik.services.cloudwatch.alarms.kinds import alarm_jobs
from jedlik.services.dynamodb.background.background import Background
from jedlik.services.dynamodb.background.upgrade import upgrade
from jedlik.services.dynamodb.encryption.root_sealing import check_root_key, seal_store
from jedlik.services.dynamodb.metering.settings_meter import SettingsMeter
from jedlik.services.dynamodb.tables.database import COUNTER_SHARDS, Database
from jedlik.services.dynamodb.tables.quotas import Quotas
from jedlik.storage.failures import EngineUnusable
from jedlik.storage.open import OpenStorage

if TYPE_CHECKING:
    from jedlik.app.admin.listener import AdminListener
    from jedlik.app.suite import SuiteControls
    from jedlik.faults.injection import FaultInjection

_CLOSING_SECONDS: Final = 1.0
"""Of the time that stopping may take, what is kept for closing the store."""
_LAST_WORK_SECONDS: Final = 1.0
"""And what is kept for the steps of background work that are going on, and the last metrics."""

RECORDING: Final = 20
FAULTS: Final = 30
"""The layers in front of all APIs, from the outermost on: see `gateway.middleware`."""

_log = logging.getLogger(__name__)


class Server:
    """One process's server over a store that is open; `stop` closes it."""

    def __init__(
        self,
        settings: Settings,
        storage: OpenStorage,
        clock: Clock,
        ids: Ids,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._storage = storage
        names = Arns(settings.region)
        self.database = Database(
            storage.engine,
            clock,
            ids,
            names,
            transition_seconds=settings.transition_seconds,
            stream_settings=settings.stream_settings,
            standby=storage.standby,
            root_key=settings.root_key,
            capacity=settings.capacity,
            quotas=Quotas(settings.region, settings.table_quota, settings.account_quota),
        )
        self.database.restorable_delay = settings.restorable_delay
        self.database.places = Places(settings.buckets)
        if storage.directory is not None:
            self.database.processes = OneServer(storage.directory.run)
        if settings.engine is not None:
            # Processes of other machines may have the number of this one.
            self.database.counter_shard = bytes((secrets.randbelow(COUNTER_SHARDS),))
        self.closed = False
        """Whether requests must be signed by somebody who is known; as of `start`."""
        self._tls = tls
        self._clock = clock
        # A suite sets the clock of what is kept; clients and connections live in this time.
        self._present = SystemClock() if settings.testing else clock
        self.suite: SuiteControls | None = None
        """What a test suite may do, where the settings say so; as of `start`."""
        self._ids = ids
        self._http: HttpServer | None = None
        self._functions: Functions | None = None
        self._admin: AdminListener | None = None
        self._dax: Dax | None = None
        self._background = Background(self.database, settings.ttl_interval)
        self._scaler = Scaler(self.database)
        self._streaming = Streaming(self.database, settings.kinesis)
        self._metrics = MetricsFlush(self.database)
        settings_meter = SettingsMeter(
            self.database.metrics, self.database.meters, clock, self.database.quotas
        )
        self._metrics.samplers.append(settings_meter)
        self._metrics.every_second.append(self.database.count_contributors)
        self._metrics.after.append(self.database.store_contributors)

    async def start(self, sockets: Sequence[socket.socket]) -> None:
        """Answer requests that come in on `sockets`. Raises `EngineUnusable`."""
        await self._storage.start()
        if await is_incomplete(self._storage.engine):
            raise EngineUnusable("it holds a copy that was not completed; give `jedlik copy` again")
        await self._take_root_key()
        await upgrade(self.database)
        if self._settings.seed is not None:
            await plant_in(self.database, self._settings.seed)
        port = listening.port_of(sockets)
        self.database.endpoint = listening.endpoint(self._settings.host, port)
        guard = await guard_of(self.database, self._settings.credentials, self._present)
        self.closed = guard.authorizer is not None
        exposure.check_points(self._settings, closed=self.closed)
        exposure.check_suite(self._settings, closed=self.closed)
        audit_log = audit_log_of(self._settings, self.database, guard)
        self._functions = Functions(self._settings, self.database, guard, audit_log)
        unsupported = partial(unsupported_service, APIS)
        self._dax = Dax(
            self._settings, self.database, guard, audit_log, self._ids, self._tls,
            loopback=listening.is_loopback(sockets),
        )  # fmt: skip
        parts = Parts(
            self.database, guard, audit_log, self._functions, self._dax.host(), unsupported
        )
        router = ApiRouter(APIS, parts, FrontDesk(self._is_ready, unsupported))
        http = HttpSettings()
        api = router if self.closed else OwnHosts(router, self._host_names(), http.cors_origin)
        layers = Layered(api)
        faults = self._faults(layers)
        if self._settings.testing:
            self._open_to_suite(layers, faults)
        self._http = HttpServer(layers, http, self._present, self._ids, self._tls)
        await self._http.start_on(sockets)
        for each in self._settings.access_points:
            bound = listening.listen(each.host, each.port, shared=True)
            await self._http.start_on(bound, each.point)
        if self._settings.admin_port is not None:
            await self._open_admin_door(self._http)
        await self._dax.start(self._metrics.samplers)
        self._watch_alarms(AlarmActions(self._functions))
        self._background.start()
        self._scaler.start()
        self.database.budgets.exchange.start()
        self._functions.start()
        self._streaming.start()
        self._metrics.start()

    async def _take_root_key(self) -> None:
        """See that sealed values can be opened, and that those of a shared engine are sealed."""
        root = self._settings.root_key
        check_root_key(await self.database.rings(), root)
        if root is not None and self._settings.engine is not None:
            await seal_store(self.database)
        if root is not None and self._settings.directory is not None:
            # Code and logs of functions from before the data were encrypted: unpacked again from
            # the store when it is needed, and into memory.
            shutil.rmtree(self._settings.directory / "functions", ignore_errors=True)

    def _host_names(self) -> tuple[str, ...]:
        """The names that clients may call the server by while it is open."""
        settings = self._settings
        certified = () if settings.tls is None else settings.tls.names
        return (settings.host, socket.gethostname(), *certified, *settings.allowed_hosts)

    def _faults(self, layers: Layered) -> FaultInjection | None:
        """What strikes requests on purpose, where anything may come to do so."""
        settings = self._settings
        if settings.faults is None and settings.latency is None and not settings.testing:
            return None
        injection: FaultInjection = importlib.import_module(
            "jedlik.faults.injection"
        ).FaultInjection(layers, FAULTS, settings.faults, settings.latency)
        return injection

    def _open_to_suite(self, layers: Layered, faults: FaultInjection | None) -> None:
        controls = importlib.import_module("jedlik.app.suite").SuiteControls
        self.suite = controls(
            self.database, self._clock, self._metrics, (self._background, self._scaler), faults,
            cached=self._settings.dax is not None,
        )  # fmt: skip
        self.suite.record(layers, RECORDING)

    async def _open_admin_door(self, http: HttpServer) -> None:
        module = importlib.import_module("jedlik.app.admin.listener")
        listener: AdminListener = module.AdminListener(
            self._settings, self.database, self._storage, http, self._metrics, self._present
        )
        self._admin = listener
        if self.suite is not None:
            importlib.import_module("jedlik.app.admin.suite_calls").add_to(
                listener.door, self.suite
            )
        await listener.start(self._ids, self._tls)

    def _watch_alarms(self, runner: AlarmActions) -> None:
        for kind in alarm_jobs(self.database, runner):
            self._background.due_jobs.add(kind)

    def _is_ready(self) -> bool:
        return self._storage.is_ready

    async def stop(self) -> None:
        """Stop listening, answer what was accepted, then close the store.

        All of it takes `grace_seconds` at most, a shared engine that hangs included. What is not
        over by then ends as a kill would end it, which loses nothing that was answered.
        """
        end = asyncio.get_running_loop().time() + self._settings.grace_seconds
        try:
            async with asyncio.timeout_at(end - _CLOSING_SECONDS):
                await self._finish(end - _CLOSING_SECONDS)
        except TimeoutError:
            _log.warning("not all work ended in time; what is left of it is given up")
        finally:
            try:
                async with asyncio.timeout_at(end):
                    await self._storage.close()
            except TimeoutError:
                _log.warning("the store could not be closed in time")

    async def _finish(self, end: float) -> None:
        """Stop everything above the store; `end` is the loop's time by which it should be over."""
        now = asyncio.get_running_loop().time
        if self._functions is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout((end - now()) / 2):
                    await self._functions.stop_triggers()
        if self._admin is not None:
            await self._admin.stop()
        if self._dax is not None:
            await self._dax.stop()
        if self._http is not None:
            await self._http.shutdown(max(0.0, end - _LAST_WORK_SECONDS - now()))
        if self._functions is not None:
            await self._functions.stop()
        await self.database.budgets.exchange.stop()
        await self._scaler.stop()
        await self._streaming.stop()
        await self._background.stop()
        await self._metrics.stop()
