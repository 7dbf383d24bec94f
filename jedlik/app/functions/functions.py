"""Whether functions are available; loads everything else about them at first use.

Anyone who creates a function runs code on this machine with the rights of the server. On a loopback
address that is for the users of this machine; on any other, for those who have the credentials.

A fifth of the server's modules is for running functions, and most servers never run any. So they
are loaded by the first request of the Lambda API, or when an event source mapping is found; until
then triggers cost only a read of the store every second.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
from typing import TYPE_CHECKING, Final

from jedlik.app.access_control import AccessControl
from jedlik.app.addresses.hosts import is_this_machine
from jedlik.app.settings import Settings
from jedlik.app.trail import AuditLog
from jedlik.base.loading import load
from jedlik.gateway.exchange import Reply, Request
from jedlik.gateway.lazy_api import LazyApi
from jedlik.kernel.keyspaces import EVENT_SOURCE_MAPPINGS
from jedlik.kernel.rounds import wait_for_first_key
from jedlik.services.dynamodb.database.database import Database

if TYPE_CHECKING:
    from pathlib import Path

    from jedlik.app.functions.parts import FunctionParts
    from jedlik.services.lambda_.runtime.endpoint import Endpoints

_log = logging.getLogger(__name__)

_PARTS: Final = "jedlik.app.functions.parts"
_AUDIT: Final = "jedlik.services.lambda_.audit"


def functions_closed(settings: Settings, access: AccessControl) -> str | None:
    """Why functions are not available; None if they are."""
    if not settings.functions:
        return "Functions are switched off on this server (--no-functions)."
    if access.authorizer is None and not is_this_machine(settings.host):
        return (
            "Functions run code on this server, so on an address that others reach they need "
            "--access-key and --secret-key."
        )
    return None


class Functions:
    """The Lambda API and the triggers of one realm in one process. Code and logs of functions are
    kept in `directory`, None: in memory."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        access: AccessControl,
        audit_log: AuditLog,
        directory: Path | None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._access = access
        self._audit_log = audit_log
        self._directory = directory
        self._closed = functions_closed(settings, access)
        self._parts: FunctionParts | None = None
        self._watch: asyncio.Task[None] | None = None
        self._api = LazyApi(self._modules, lambda: self._loaded().rest)

    def submit(self, request: Request, reply: Reply) -> None:
        """Answer a request of the Lambda API by calling `reply` once, later."""
        self._api.submit(request, reply)

    @property
    def closed(self) -> str | None:
        """Why functions are not available; None if they are."""
        return self._closed

    def refused_destination(self, url: str) -> str | None:
        """Why requests to an HTTP endpoint are not allowed; None if they are."""
        return self._loaded().refused_destination(url)

    def endpoints(self) -> Endpoints:
        """The sender of requests to HTTP endpoints."""
        return self._loaded().invoker.endpoints

    async def invoke(self, name_or_arn: str, event: bytes) -> str | None:
        """Run a function with an event; returns the error, if any."""
        await load(*self._modules())
        return await self._loaded().invoke(name_or_arn, event)

    def start(self) -> None:
        """Deliver to triggers from now on, on the running event loop."""
        if self._closed is None:
            self._watch = asyncio.get_running_loop().create_task(self._deliver_from_the_first())

    async def stop_triggers(self) -> None:
        """Stop delivering. To be called while requests are still answered: handlers send some."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        if self._parts is not None:
            await self._parts.triggers.stop()

    async def stop(self) -> None:
        """End everything under way."""
        if self._parts is not None:
            await self._parts.stop()

    async def _deliver_from_the_first(self) -> None:
        work = "looking for event source mappings"
        await wait_for_first_key(EVENT_SOURCE_MAPPINGS, self._database.store, _log, work)
        await load(*self._modules())
        self._loaded().triggers.start()

    def _modules(self) -> tuple[str, ...]:
        return (_PARTS, _AUDIT) if self._audit_log.is_kept else (_PARTS,)

    def _loaded(self) -> FunctionParts:
        if self._parts is None:
            module = importlib.import_module(_PARTS)
            self._parts = module.FunctionParts(
                self._settings,
                self._database,
                self._access,
                self._closed,
                self._audit_log.trail(_AUDIT),
                self._directory,
            )
        assert self._parts is not None
        return self._parts
