"""The parts of one process, wired: requests come in at the front door and end in the store."""

from __future__ import annotations

import gc
import secrets
import socket
from collections.abc import Sequence

from jedlik.app import listening
from jedlik.app.settings import Credentials, Settings
from jedlik.auth.sigv4 import OpenVerifier, Verifier
from jedlik.base.clock import Clock
from jedlik.base.ids import Ids
from jedlik.database.copying import is_incomplete
from jedlik.database.database import COUNTER_SHARDS, Database
from jedlik.database.names import Names
from jedlik.http.server import HttpServer
from jedlik.http.settings import HttpSettings
from jedlik.service.service import Service
from jedlik.storage.failures import EngineUnusable
from jedlik.storage.open import OpenStorage
from jedlik.workers.background import Background

_COLLECT_AFTER = 20_000
"""Objects made and not yet freed, before the collector looks for cycles among them."""


class Server:
    """One process's server over a store that is open; `stop` closes it."""

    def __init__(self, settings: Settings, storage: OpenStorage, clock: Clock, ids: Ids) -> None:
        self._settings = settings
        self._storage = storage
        names = Names(settings.region)
        self.database = Database(
            storage.engine,
            clock,
            ids,
            names,
            transition_seconds=settings.transition_seconds,
            stream_settings=settings.stream_settings,
            standby=storage.standby,
        )
        if settings.engine is not None:
            # Processes of other machines may have the number of this one.
            self.database.counter_shard = bytes((secrets.randbelow(COUNTER_SHARDS),))
        service = Service(self.database, _verifier(settings.credentials, clock, names))
        self._http = HttpServer(service, HttpSettings(is_ready=self._is_ready), clock, ids)
        self._background = Background(self.database, settings.ttl_interval)

    async def start(self, sockets: Sequence[socket.socket]) -> None:
        """Answer requests that come in on `sockets`. Raises `EngineUnusable`."""
        await self._storage.start()
        if await is_incomplete(self._storage.engine):
            raise EngineUnusable("it holds a copy that was not completed; give `jedlik copy` again")
        port = listening.port_of(sockets)
        self.database.endpoint = listening.endpoint(self._settings.host, port)
        await self._http.start_on(sockets)
        self._background.start()
        # What is there by now stays: no collection need ever look at it again, and worker
        # processes made from this one go on sharing its memory.
        gc.collect()
        gc.freeze()
        # Requests leave no cycles behind, so that looking for some every 700 objects is in vain.
        gc.set_threshold(_COLLECT_AFTER)

    def _is_ready(self) -> bool:
        return self._storage.is_ready

    async def stop(self) -> None:
        """Stop listening, answer what was accepted, then close the store."""
        try:
            await self._http.shutdown(self._settings.grace_seconds)
            await self._background.stop()
        finally:
            await self._storage.close()


def _verifier(
    credentials: Credentials | None, clock: Clock, names: Names
) -> OpenVerifier | Verifier:
    if credentials is None:
        return OpenVerifier(account=names.account)
    return Verifier(
        {credentials.access_key: credentials.secret_key}.get, clock, account=names.account
    )
