"""The admin listener of one process, wired."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence

from jedlik.app.addresses import listening
from jedlik.app.admin.figures import Gauges, process_gauges
from jedlik.app.admin.metrics import MetricsPage
from jedlik.app.admin.router import AdminRouter
from jedlik.app.settings import Settings
from jedlik.base.clock import Clock
from jedlik.base.ids import Ids
from jedlik.http.own_hosts import OwnHosts
from jedlik.http.server import HttpServer
from jedlik.http.settings import HttpSettings
from jedlik.kernel.metrics.flushing import MetricsFlush
from jedlik.kernel.store import Store
from jedlik.services.dynamodb.database.database import Database
from jedlik.storage.engine import Queueing
from jedlik.storage.open import OpenStorage


class AdminListener:
    """Listens at the admin port. Others add their calls to `router` before `start`. `realms` are
    the stores of other regions and accounts; `closed`: requests to the API must be signed."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        storage: OpenStorage,
        api: HttpServer,
        flush: MetricsFlush,
        clock: Clock,
        realms: Callable[[], Sequence[Store]],
        *,
        closed: bool,
    ) -> None:
        self.router = AdminRouter(settings.admin_token, closed=closed)
        self._settings = settings
        self._database = database
        self._storage = storage
        self._api = api
        self._flush = flush
        self._clock = clock
        self._process = process_gauges(clock.now())
        self._http: HttpServer | None = None
        self._page = MetricsPage(database, self._gauges, realms, shared=settings.workers > 1)
        self.router.add("GET", "/metrics", self._page.answer, guarded=False)
        flush.after.append(self._page.share)

    async def start(self, ids: Ids, tls: ssl.SSLContext | None) -> None:
        """Listen. Raises AddressError."""
        settings, http = self._settings, HttpSettings()
        assert settings.admin_port is not None
        bound = listening.listen(settings.admin_host, settings.admin_port, shared=True)
        own_hosts = OwnHosts(self.router, (settings.admin_host,), http.cors_origin)
        self._http = HttpServer(own_hosts, http, self._clock, ids, tls)
        self._http.start(bound)
        await self._page.share()

    async def stop(self) -> None:
        """Stop listening."""
        if self._http is not None:
            await self._http.shutdown(0.0)

    def _gauges(self) -> Gauges:
        engine = self._storage.engine
        queue: Gauges = {}
        if isinstance(engine, Queueing):
            writes = engine.write_queue
            queue = {
                "jedlik_engine_commits_total": (
                    "Group commits of the storage engine.", lambda: float(writes.commits),
                ),
                "jedlik_engine_tasks_total": (
                    "Writes that they committed; per commit: how well they share.",
                    lambda: float(writes.tasks),
                ),
                "jedlik_engine_waiting_tasks": (
                    "Writes that wait for the next commit.", lambda: float(writes.waiting),
                ),
            }  # fmt: skip
        return {
            **self._process,
            **queue,
            "jedlik_connections": ("Open connections.", lambda: float(self._api.connections)),
            "jedlik_cached_tables": (
                "Tables that this process knows without reading them.",
                lambda: float(self._database.catalog.size),
            ),
            "jedlik_due_work_lag_seconds": (
                "For how long the background job that is due first has waited.",
                lambda: self._flush.due_lag,
            ),
            "jedlik_event_loop_lag_seconds": (
                "By how much the last timer of a second was late.", lambda: self._flush.lag,
            ),
            "jedlik_metrics_dropped_total": (
                "Values of metrics that there was no room for.",
                lambda: float(self._database.metrics.dropped),
            ),
        }  # fmt: skip
