"""Several regions, and several accounts, on one server.

The scope of a request's credential determines its region, and with accounts by access key the key
determines its account. The realm of a credential is cached under the beginning of its header, so
that the usual request costs one more look-up in a dictionary than on a server with one realm, where
nothing of this is loaded.

Regions of the server's own account are open as long as the server runs. Realms of other accounts
are opened by the first request for them, and closed after a while without requests: there may be
many. While one process closes a realm, others may continue to answer its requests, like any
workers. Due work in realms that no process has open is searched every minute.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Final, NamedTuple

from jedlik.app.access_control import AccessControl, access_control_in, access_control_of
from jedlik.app.realms.admission import Admission
from jedlik.app.realms.links import link_regions
from jedlik.app.realms.realm import RunningRealm
from jedlik.app.settings import Settings
from jedlik.app.trail import audit_log_of
from jedlik.auth.key_material import account_of_session
from jedlik.base.bounded_cache import BoundedCache
from jedlik.base.clock import Clock
from jedlik.base.errors import InternalServerError, LimitExceededException
from jedlik.base.ids import Ids
from jedlik.gateway.apis import EVERYWHERE, Api, credential_of
from jedlik.gateway.exchange import Reply, Request
from jedlik.http.answers import error_answer
from jedlik.kernel.arns import Arns
from jedlik.kernel.due_work import due_jobs
from jedlik.kernel.keyspaces import BACKUP_JOBS, DESTINATIONS, EVENT_SOURCE_MAPPINGS, PURGES
from jedlik.kernel.realms import Realm, is_account, stored_realms
from jedlik.kernel.rounds import failures_logged
from jedlik.services.dax_control.host import ClusterHost
from jedlik.services.iam.store import Draft, Identities
from jedlik.storage.engine import Reads
from jedlik.storage.failures import EngineUnusable, StorageFailure
from jedlik.storage.open import OpenStorage
from jedlik.storage.prefixed import PrefixedEngine
from jedlik.values.keybytes import successor

MAX_OPEN_ACCOUNTS: Final = 64
"""Realms of other accounts that a process may have open; each has its own tables and work, and
occupies some 300 KB. The one that was idle longest makes room."""
IDLE_SECONDS: Final = 60.0
"""Time without a request after which a realm of another account is closed."""
CLOSING_SECONDS: Final = 5.0
"""How long the end of the server waits for realms whose functions are still running."""
_MAX_KEPT_BYTES: Final = 4 * 1024 * 1024
_KEPT_SIZE: Final = 200
_SIGNATURE_SIZE: Final = 64
_STANDING_WORK: Final = (PURGES, BACKUP_JOBS, EVENT_SOURCE_MAPPINGS, DESTINATIONS)
"""The keyspaces of work without a due time."""

_log = logging.getLogger(__name__)


class Common(NamedTuple):
    """Shared by all realms of a process. `clock` is for stored data, `present` for clients and
    connections."""

    settings: Settings
    storage: OpenStorage
    clock: Clock
    present: Clock
    ids: Ids
    otherwise: Api
    unsupported: Callable[[Request], str | None]


class _Open(NamedTuple):
    """A realm that is open."""

    realm: RunningRealm
    access: AccessControl
    api: Api


class _Place:
    """Where requests of a realm go. Opens the realm if necessary."""

    __slots__ = ("_opening", "_realms", "name", "opened", "used_at")

    def __init__(self, realms: Realms, name: Realm, opened: _Open | None = None) -> None:
        self._realms = realms
        self._opening: asyncio.Task[_Open] | None = None
        self.name = name
        self.opened = opened
        self.used_at = 0.0

    @property
    def is_idle(self) -> bool:
        """Whether its realm is neither open nor being opened."""
        return self.opened is None and self._opening is None

    def submit(self, request: Request, reply: Reply) -> None:
        """Answer `request` by calling `reply` once, immediately or later."""
        if self.opened is not None:
            self.opened.api.submit(request, reply)
        else:
            asyncio.get_running_loop().create_task(self._wait(request, reply))

    async def _wait(self, request: Request, reply: Reply) -> None:
        try:
            opened = await self.open()
        except StorageFailure as failure:
            _log.warning("account %s in %s cannot be opened: %s", *self.name, failure)
            reply(error_answer(InternalServerError()))
        except LimitExceededException as error:
            reply(error_answer(error))
        except Exception:
            _log.exception("account %s in %s cannot be opened", *self.name)
            reply(error_answer(InternalServerError()))
        else:
            opened.api.submit(request, reply)

    async def open(self) -> _Open:
        """The realm, opened once for all requests. Raises StorageFailure, and
        LimitExceededException if there are too many accounts."""
        if self.opened is not None:
            return self.opened
        if self._opening is None:
            self._opening = asyncio.get_running_loop().create_task(self._open())
        return await asyncio.shield(self._opening)

    async def _open(self) -> _Open:
        try:
            opened = self.opened = await self._realms.opened(self.name)
        finally:
            self._opening = None
        return opened


class Realms:
    """All realms of one process, behind one `submit`."""

    def __init__(
        self, common: Common, home: RunningRealm, home_api: Api, access: AccessControl
    ) -> None:
        self._common = common
        arns = home.database.arns
        self._home = Realm(arns.account, arns.region)
        self._places = {self._home: _Place(self, self._home, _Open(home, access, home_api))}
        self._kept: BoundedCache[bytes, _Place] = BoundedCache(_MAX_KEPT_BYTES)
        self._regions = common.settings.regions or (arns.region,)
        self._by_key = common.settings.accounts_by_key
        self._admission = Admission(common.storage.engine, arns.account)
        self._tidying: asyncio.Task[None] | None = None
        self._room = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    # --- Requests ---------------------------------------------------------------------------------

    def submit(self, request: Request, reply: Reply) -> None:
        """Answer `request` by calling `reply` once, immediately or later."""
        start = request.headers.get(b"authorization", b"")[:-_SIGNATURE_SIZE]
        place = self._kept.get(start)
        if place is None:
            place = self._place_of(request)
            if start.endswith(b"Signature="):
                self._kept.put(start, place, _KEPT_SIZE + len(start))
        place.used_at = self._common.present.monotonic()
        place.submit(request, reply)

    def _place_of(self, request: Request) -> _Place:
        """The realm of a request. One for an unknown region goes to the home region, whose verifier
        refuses it in the form of the API."""
        credential = credential_of(request)
        if credential is None:
            return self._places[self._home]
        account, region = self._home
        if self._by_key:
            account = _account_of(credential.access_key) or account
        if credential.region in self._regions and credential.service not in EVERYWHERE:
            region = credential.region
        return self._place(Realm(account, region))

    def _place(self, name: Realm) -> _Place:
        place = self._places.get(name)
        if place is None:
            place = self._places[name] = _Place(self, name)
        return place

    # --- Opening and closing ----------------------------------------------------------------------

    async def open(self) -> None:
        """Open the regions of the server's own account. Raises EngineUnusable."""
        if self._common.settings.regions:
            await self._register()
        for region in self._regions:
            await self._place(Realm(self._home.account, region)).open()
        # All regions are open before any begins to send its changes to the others.
        own = self.running()
        databases = [realm.database for realm in own]
        for database in databases:
            link_regions(database, databases)
        for realm in own[1:]:
            realm.start()
        if self._by_key:
            self._tidying = asyncio.get_running_loop().create_task(self._tidy())

    async def _register(self) -> None:
        """Note the regions, so that changes of identities reach them all."""
        home = self._home.region
        others = [region for region in self._regions if region != home]

        def register(identities: Identities, draft: Draft) -> None:
            known = identities.regions
            if known and known[0] != home:
                raise EngineUnusable(
                    f"its home region is {known[0]}: start with --region {known[0]}"
                )
            regions = (home, *sorted({*known[1:], *others}))
            if regions != known:
                draft.put_regions(regions)

        opened = await self._places[self._home].open()
        await opened.realm.database.identities.change(register)

    async def opened(self, name: Realm) -> _Open:
        """Open a realm, and before it that of its account's home region. Raises as `_Place.open`
        does."""
        home: _Open | None = None
        if name.region != self._home.region:
            place = self._place(Realm(name.account, self._home.region))
            place.used_at = self._common.present.monotonic()
            home = await place.open()
        if name.account == self._home.account:
            return await self._made(name, home)
        # One after the other: many concurrent requests must not exceed the limit together.
        async with self._room:
            await self._admission.check(name.account)
            await self._make_room()
            opened = self._place(name).opened = await self._made(name, home)
        opened.realm.start()
        return opened

    async def _made(self, name: Realm, home: _Open | None) -> _Open:
        """A realm that is open; `home` is that of its account's home region, if that is another."""
        common, settings = self._common, self._common.settings
        storage = common.storage
        standby = storage.standby
        realm = RunningRealm(
            settings, storage, common.clock, common.ids,
            Arns(name.region, name.account, only=True),
            PrefixedEngine(storage.engine, name.prefix),
            None if standby is None else PrefixedEngine(standby, name.prefix),
            None if home is None else home.realm.database,
        )  # fmt: skip
        database = realm.database
        first = self._places[self._home].opened
        assert first is not None
        database.endpoint = first.realm.database.endpoint
        await realm.open()
        access = (
            await access_control_of(database, None, common.present, settings.regions or None)
            if home is None
            else access_control_in(home.access, database)
        )
        api = realm.api(
            access, audit_log_of(settings, database, access), _no_clusters(self._home.region),
            common.otherwise, common.unsupported, settings.function_directory(name, self._home),
        )  # fmt: skip
        return _Open(realm, access, api)

    async def _make_room(self) -> None:
        while len(idle := self._of_other_accounts()) >= MAX_OPEN_ACCOUNTS:
            self._close_later(min(idle, key=lambda place: place.used_at))
        while len(self._closing) >= MAX_OPEN_ACCOUNTS:
            await asyncio.wait(self._closing, return_when=asyncio.FIRST_COMPLETED)

    def _close_later(self, place: _Place) -> None:
        """Close a realm without waiting for its functions, which may take a minute."""
        opened, place.opened = place.opened, None
        assert opened is not None
        closing = asyncio.get_running_loop().create_task(_stop(opened.realm))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    def _of_other_accounts(self) -> list[_Place]:
        """The places of other accounts that are open. A home region is closed last: the others
        need it."""
        return [
            place
            for name, place in self._places.items()
            if place.opened is not None
            and name.account != self._home.account
            and not (name.region == self._home.region and self._has_regions_open(name))
        ]

    def _has_regions_open(self, home: Realm) -> bool:
        return any(
            place.opened is not None
            for name, place in self._places.items()
            if name.account == home.account and name.region != home.region
        )

    def running(self) -> list[RunningRealm]:
        """The realms that are open, the home realm first."""
        return [place.opened.realm for place in self._places.values() if place.opened is not None]

    async def stop_tidying(self) -> None:
        """Open and close no more realms, and wait for those that are being closed."""
        if self._tidying is not None:
            self._tidying.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._tidying
        if self._closing:
            _, late = await asyncio.wait(self._closing, timeout=CLOSING_SECONDS)
            for closing in late:
                closing.cancel()

    # --- Realms of other accounts that are not in use ---------------------------------------------

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(IDLE_SECONDS)
            with failures_logged(_log, "looking after accounts"):
                await self._close_idle()
                await self._open_those_with_work()

    async def _close_idle(self) -> None:
        before = self._common.present.monotonic() - IDLE_SECONDS
        for place in self._of_other_accounts():
            if place.used_at < before:
                self._close_later(place)
        for name in [name for name in self._places if name.account != self._home.account]:
            if self._places[name].is_idle and self._places[name].used_at < before:
                del self._places[name]
        self._kept.clear()  # no entry may lead to a place that has been dropped

    async def _open_those_with_work(self) -> None:
        engine = self._common.storage.engine
        now = self._common.clock.now()
        stored = await stored_realms(engine)
        self._admission.note(stored)
        for name in stored:
            if name.account == self._home.account or name.region not in self._regions:
                continue
            place = self._place(name)
            if place.opened is None and await _has_work(PrefixedEngine(engine, name.prefix), now):
                place.used_at = self._common.present.monotonic()
                await place.open()


def _account_of(access_key: str) -> str | None:
    """The account of an access key, or of a session; None for all others."""
    return access_key if is_account(access_key) else account_of_session(access_key)


async def _stop(realm: RunningRealm) -> None:
    await realm.stop_triggers(IDLE_SECONDS)
    await realm.stop()


async def _has_work(engine: Reads, now: float) -> bool:
    """Whether a store has due work."""
    if await due_jobs(engine, now, 1):
        return True
    for keyspace in _STANDING_WORK:
        if (await engine.range(keyspace, successor(keyspace), limit=1)).rows:
            return True
    return False


def _no_clusters(home: str) -> ClusterHost:
    """Only the home region has DAX clusters."""

    def refusal(_tls: bool) -> str:
        return f"Clusters of this server are in its home region, {home}."

    return ClusterHost(True, refusal, lambda port: ("", port), lambda: None)
