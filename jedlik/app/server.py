"""The parts of one process, wired: from the front door to the store."""

from __future__ import annotations

import asyncio
import importlib
import logging
import socket
import ssl
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from jedlik.app.access_control import AccessControl, access_control_of
from jedlik.app.addresses import exposure, hosts, listening
from jedlik.app.apis import APIS
from jedlik.app.dax.clusters import Dax
from jedlik.app.realms.realm import RunningRealm
from jedlik.app.settings import Settings
from jedlik.app.trail import audit_log_of
from jedlik.base.clock import Clock, SystemClock
from jedlik.base.ids import Ids
from jedlik.base.together import together
from jedlik.console.mode import mode_of
from jedlik.console.models import Modelling, ModelPages
from jedlik.console.router import ConsoleRouter, Facts
from jedlik.console.traffic import TrafficPages, Watching
from jedlik.gateway.apis import Api, unsupported_service
from jedlik.gateway.middleware import Layered
from jedlik.http.fallback import Fallback
from jedlik.http.own_hosts import OwnHosts
from jedlik.http.server import HttpServer
from jedlik.http.settings import HttpSettings
from jedlik.kernel.arns import Arns
from jedlik.kernel.copying import is_incomplete
from jedlik.kernel.realms import Realm
from jedlik.storage.failures import EngineUnusable
from jedlik.storage.open import OpenStorage

if TYPE_CHECKING:
    from jedlik.app.admin.listener import AdminListener
    from jedlik.app.admin.request_logging import Logging
    from jedlik.app.realms.realms import Realms
    from jedlik.app.suite import SuiteControls
    from jedlik.faults.injection import FaultInjection

_CLOSING_SECONDS: Final = 1.0
"""The part of the time for stopping that is reserved for closing the store."""
_LAST_WORK_SECONDS: Final = 1.0
"""Reserved for the current steps of background work, and for the last metrics."""

LOG: Final = 10
RECORDING: Final = 20
FAULTS: Final = 30
"""The layers in front of all APIs, from the outermost on: see `gateway.middleware`."""

_log = logging.getLogger(__name__)


class Server:
    """One process's server over an open store; `stop` closes it."""

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
        self._home = RunningRealm(
            settings, storage, clock, ids, Arns(settings.region, only=settings.has_realms),
            storage.engine, storage.standby,
        )  # fmt: skip
        self.database = self._home.database
        self.closed = False
        """Whether only known callers are served, whose requests must be signed; set by `start`."""
        self._tls = tls
        self._clock = clock
        # A test suite sets the clock of what is stored; clients and connections live in real time.
        self._present = SystemClock() if settings.testing else clock
        self.suite: SuiteControls | None = None
        """What a test suite may do, if the settings allow it; set by `start`."""
        self._ids = ids
        self._http: HttpServer | None = None
        self._admin: AdminListener | None = None
        self._dax: Dax | None = None
        self._realms: Realms | None = None
        self._logging: Logging | None = None
        self._layers: Layered | None = None

    async def start(self, sockets: Sequence[socket.socket]) -> None:
        """Answer requests that arrive on `sockets`. Raises `EngineUnusable`."""
        settings = self._settings
        self._storage.follow_batches(self._count_apart)
        await self._storage.start()
        if await is_incomplete(self._storage.engine):
            raise EngineUnusable("it holds a copy that was not completed; run `jedlik copy` again")
        await self._home.open()
        self._remove_plain_functions()
        if settings.seed is not None:
            from jedlik.app.seeds import plant_in  # noqa: PLC0415  few servers have one

            await plant_in(self.database, settings.seed)
        port = listening.port_of(sockets)
        self.database.endpoint = hosts.endpoint(settings.host, port)
        access = await access_control_of(
            self.database, settings.credentials, self._present, settings.regions or None
        )
        self.closed = access.authorizer is not None
        for check in (exposure.check_points, exposure.check_accounts, exposure.check_suite):
            check(settings, closed=self.closed)
        facts = self._console_facts(sockets)
        api = await self._api(access, facts, loopback=listening.is_loopback(sockets))
        if facts.mode == "read-only":
            from jedlik.console.read_only import ReadOnlyPages  # noqa: PLC0415

            api = ReadOnlyPages(api)
        http = listening.affordable(HttpSettings(), with_clusters=settings.dax is not None)
        if not self.closed:
            api = OwnHosts(api, self._host_names(), http.cors_origin)
        layers = self._layered(api)
        self._http = HttpServer(layers, http, self._present, self._ids, self._tls)
        self._http.start(sockets)
        for each in settings.access_points:
            bound = listening.listen(each.host, each.port, shared=True)
            self._http.start(bound, each.point)
        if settings.admin_port is not None:
            await self._open_admin_listener(self._http)
        assert self._dax is not None
        await self._dax.start(self._home.metrics.samplers)
        self._home.start()

    def _layered(self, api: Api) -> Layered:
        """An API behind the layers that the settings ask for."""
        settings = self._settings
        layers = self._layers = Layered(api)
        if settings.log_requests is not None or settings.admin_port is not None:
            self._logging = importlib.import_module("jedlik.app.admin.request_logging").Logging(
                settings, layers, LOG, self._present, self.database
            )
        faults = self._faults(layers)
        if settings.testing:
            self._open_to_suite(layers, faults)
        return layers

    async def _api(self, access: AccessControl, facts: Facts, *, loopback: bool) -> Api:
        """Answers requests to one realm, or to several."""
        settings = self._settings
        audit_log = audit_log_of(settings, self.database, access)
        self._dax = Dax(
            settings, self.database, access, audit_log, self._ids, self._tls, loopback=loopback
        )
        unsupported = partial(unsupported_service, APIS)
        models = ModelPages(_modelling, checks=not self.closed)
        trail = audit_log.trail("jedlik.console.audit")
        traffic = TrafficPages(partial(self._watching, access), trail)
        otherwise = ConsoleRouter(facts, models, traffic, Fallback(self._is_ready, unsupported))
        arns = self.database.arns
        home = Realm(arns.account, arns.region)
        api = self._home.api(
            access, audit_log, self._dax.host(), otherwise, unsupported,
            settings.function_directory(home, home),
        )  # fmt: skip
        if not settings.has_realms:
            if hidden := self.database.identities.now.regions[1:]:
                _log.warning("tables in %s are not served: see --regions", ", ".join(hidden))
            return api
        module = importlib.import_module("jedlik.app.realms.realms")
        common = module.Common(
            settings, self._storage, self._clock, self._present, self._ids, otherwise, unsupported
        )
        realms: Realms = module.Realms(common, self._home, api, access)
        self._realms = realms
        await realms.open()
        return realms

    def _console_facts(self, sockets: Sequence[socket.socket]) -> Facts:
        settings = self._settings
        mode = mode_of(settings.console, loopback=listening.is_loopback(sockets))
        return Facts(
            mode, settings.region, settings.regions, signed=self.closed,
            functions=settings.functions,
        )  # fmt: skip

    def _remove_plain_functions(self) -> None:
        """Remove code and logs of functions from before the data was encrypted. Code is unpacked
        from the store again when it is needed, into memory."""
        directory = self._settings.directory
        if self._settings.root_key is not None and directory is not None:
            import shutil  # noqa: PLC0415  it loads three kinds of compression

            for folder in directory.glob("functions*"):
                shutil.rmtree(folder, ignore_errors=True)

    def _host_names(self) -> tuple[str, ...]:
        """The names by which clients may call the server while it is open."""
        settings = self._settings
        certified = () if settings.tls is None else settings.tls.names
        return (settings.host, socket.gethostname(), *certified, *settings.allowed_hosts)

    def _faults(self, layers: Layered) -> FaultInjection | None:
        """Deliberate faults, if there are any, or if a test suite may add some."""
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
            self.database, self._clock, self._running, faults,
            cached=self._settings.dax is not None,
        )  # fmt: skip
        self.suite.record(layers, RECORDING)

    async def _open_admin_listener(self, http: HttpServer) -> None:
        module = importlib.import_module("jedlik.app.admin.listener")
        listener: AdminListener = module.AdminListener(
            self._settings, self.database, self._storage, http, self._home.metrics, self._present,
            lambda: [realm.database for realm in self._running()[1:]], closed=self.closed,
        )  # fmt: skip
        self._admin = listener
        if self._logging is not None:
            self._logging.add_to(listener.router)
        if self.suite is not None:
            importlib.import_module("jedlik.app.admin.suite_calls").add_to(
                listener.router, self.suite
            )
        for calls in ("advice_calls", "replication_calls"):
            importlib.import_module(f"jedlik.app.admin.{calls}").add_to(
                listener.router, lambda: [realm.database for realm in self._running()]
            )
        await listener.start(self._ids, self._tls)

    def _watching(self, access: AccessControl) -> Watching:
        """The data of the console's Traffic page, loaded when the page is first opened."""
        assert self._layers is not None
        module = importlib.import_module("jedlik.app.admin.console_traffic")
        found: Watching = module.watching_of(
            self._settings, self._layers, LOG, self._present, self.database, access
        )
        return found

    def _is_ready(self) -> bool:
        return self._storage.is_ready

    async def stop(self) -> None:
        """Stop listening, answer accepted requests, then close the store. This takes at most
        `grace_seconds`, even if a shared engine hangs. Work that is not done by then is cut off as
        if the process was killed, which loses nothing that was acknowledged."""
        end = asyncio.get_running_loop().time() + self._settings.grace_seconds
        try:
            async with asyncio.timeout_at(end - _CLOSING_SECONDS):
                await self._finish(end - _CLOSING_SECONDS)
        except TimeoutError:
            _log.warning("not all work ended in time; the rest is abandoned")
        finally:
            try:
                async with asyncio.timeout_at(end):
                    await self._storage.close()
            except TimeoutError:
                _log.warning("the store could not be closed in time")

    async def _finish(self, end: float) -> None:
        """Stop everything above the store, by the loop's time `end`."""
        now = asyncio.get_running_loop().time
        if self._realms is not None:
            await self._realms.stop_tidying()
        realms = self._running()
        half = (end - now()) / 2
        await together(realm.stop_triggers(half) for realm in realms)
        if self._admin is not None:
            await self._admin.stop()
        if self._dax is not None:
            await self._dax.stop()
        if self._http is not None:
            await self._http.shutdown(max(0.0, end - _LAST_WORK_SECONDS - now()))
        await together(realm.stop() for realm in realms)

    def _count_apart(self, batch: int) -> None:
        for realm in self._running():
            realm.database.count_in_record(batch)

    def _running(self) -> list[RunningRealm]:
        return [self._home] if self._realms is None else self._realms.running()


def _modelling() -> Modelling:
    """The console's functions for models, loaded when they are first used."""
    workshop = importlib.import_module("jedlik.modelling.workshop")
    return Modelling(workshop.example, workshop.report)
