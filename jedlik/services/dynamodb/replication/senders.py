"""The loops that send: one for each other region, in whichever process holds its lease.

A loop reads the ends of all logs every tenth of a second, in one range whatever the number of
tables. It works if a log has grown, a table is being sent as a whole, or nothing has been sent to a
region for a while. A few tables are sent concurrently. One that cannot be sent is tried again at
growing intervals, and logged once. The same holds for a whole region that cannot be reached.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import Final, NamedTuple

from jedlik.base.errors import ServiceError
from jedlik.base.together import together
from jedlik.base.turns import give_way
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.keyspaces import (
    CATALOG_VERSION,
    ID_SIZE,
    REPLICATION_NUMBERS,
)
from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.loops.loop import LeasedLoop
from jedlik.services.dynamodb.recording.replication_log import LOG_SHARDS, Position, number_of
from jedlik.services.dynamodb.regions.messages import (
    KeyInaccessible,
    LinkDown,
    ReplicaExpelled,
    ReplicaRefused,
)
from jedlik.services.dynamodb.regions.region_link import RegionLink
from jedlik.services.dynamodb.replication.membership import activate
from jedlik.services.dynamodb.replication.pairs import Pair, decode_pair, pair_key
from jedlik.services.dynamodb.replication.parting import accept_expulsion, note_inaccessible
from jedlik.services.dynamodb.replication.progress import decode_sent, sent_key
from jedlik.services.dynamodb.replication.sending import OnFilled, TableSender
from jedlik.services.dynamodb.tables.replicas import INACCESSIBLE_KEY, ReplicationSettings
from jedlik.storage.engine import Value
from jedlik.values.keybytes import successor

POLL_SECONDS: Final = 0.1
LEASE_RETRY_SECONDS: Final = 2.0
"""How often a process without the lease tries to get it."""
TABLES_AT_ONCE: Final = 8
STEPS_A_ROUND: Final = 16
"""Batches of a table after which it is the turn of the others."""
FIRST_DELAY: Final = 0.2
MAX_DELAY: Final = 30.0
"""Seconds until a region or table is tried again, after its first failure and after many."""
MEET_SECONDS: Final = 60.0
"""How often to check that a region to which nothing is sent can be reached."""
CHECK_SECONDS: Final = 10.0
"""How often to check the length of a log whose changes are not sent."""

_log = logging.getLogger(__name__)
_LOG_AT: Final = len(REPLICATION_NUMBERS) + ID_SIZE
_REST_AT: Final = _LOG_AT + ID_SIZE


class Backoff:
    """When to try again, and whether to log a failure."""

    __slots__ = ("_failures", "_said", "at")

    def __init__(self) -> None:
        self._failures = 0
        self._said = ""
        self.at = 0.0

    def failed(self, now: float, reason: str) -> bool:
        """Note a failure; returns whether it differs from the last one."""
        self.at = now + min(FIRST_DELAY * 2.0 ** min(self._failures, 20), MAX_DELAY)
        self._failures += 1
        said, self._said = self._said, reason
        return said != reason

    def succeeded(self) -> bool:
        """Note a success; returns whether it comes after a failure."""
        failed = self._failures > 0
        self._failures, self._said, self.at = 0, "", 0.0
        return failed


class _Log(NamedTuple):
    """An existing log: its table's name and its end."""

    table: str
    last: Position


class _Sending:
    """A table that is sent, and when to continue."""

    __slots__ = ("backoff", "sender")

    def __init__(self, sender: TableSender) -> None:
        self.sender = sender
        self.backoff = Backoff()


class RegionSender(LeasedLoop):
    """Sends the changes of all tables to one region. `on_filled` is called once a replica has
    everything that its table held."""

    def __init__(
        self,
        database: Database,
        link: RegionLink,
        on_filled: OnFilled,
        settings: ReplicationSettings,
    ) -> None:
        super().__init__(database, POLL_SECONDS)
        self.lease_name = f"replication-{link.region}"
        self._link = link
        self._on_filled = on_filled
        self._delay = settings.delay_to(link.region)
        self._max_pending = settings.max_pending
        self._tables: dict[tuple[int, int], _Sending] = {}
        self._reaching = Backoff()
        self._retry_lease_at = 0.0
        self._check_at = 0.0
        self._meet_at = 0.0
        self._catalog_version: Value = None
        self._to_fill: set[tuple[int, int]] = set()

    async def _round(self) -> bool:
        """Send what is due; True if there is more to send immediately."""
        database = self._database
        now = database.clock.monotonic()
        if self._lease is None and now < self._retry_lease_at:
            return False
        lease = await self._hold()
        if lease is None:
            self._retry_lease_at = now + LEASE_RETRY_SECONDS
            self._tables.clear()
            return False
        pair, logs = await self._read_logs()
        if pair.paused or now < self._reaching.at:
            if now >= self._check_at:
                self._check_at = now + CHECK_SECONDS
                await self._each(lease, [*self._tables], checking=True)
            return False
        if now >= self._meet_at and not await self._meet(now):
            return False
        delay = self._delay if pair.delay is None else pair.delay
        return any(await self._each(lease, self._due(logs), delay=delay))

    async def _meet(self, now: float) -> bool:
        """Check that the region answers, even without tables, so that faults show at the start."""
        try:
            await self._link.meet()
        except LinkDown as error:
            self._unreachable(now, str(error))
            return False
        self._meet_at = now + MEET_SECONDS
        self._reached()
        return True

    async def _read_logs(self) -> tuple[Pair, dict[tuple[int, int], _Log]]:
        """The settings of the pair, and the existing logs."""
        database = self._database
        low, high = REPLICATION_NUMBERS, successor(REPLICATION_NUMBERS)
        also = (CATALOG_VERSION, pair_key(self._link.region))
        page = await database.store.range(low, high, also_read=also)
        version, stored = page.also_read
        database.catalog.move_to(version)
        names: dict[tuple[int, int], str] = {}
        numbers: dict[tuple[int, int], list[int]] = {}
        for key, value in page.rows:
            ids = (
                int.from_bytes(key[_LOG_AT - ID_SIZE : _LOG_AT], "big"),
                int.from_bytes(key[_LOG_AT:_REST_AT], "big"),
            )
            shard = key[_REST_AT]
            if shard < LOG_SHARDS:
                numbers.setdefault(ids, [0] * LOG_SHARDS)[shard] = number_of(value)
            else:
                names[ids] = value.decode()
        self._tables = {ids: each for ids, each in self._tables.items() if ids in names}
        if version != self._catalog_version:
            self._catalog_version = version
            self._to_fill = await self._being_filled([*names])
        none = [0] * LOG_SHARDS
        logs = {ids: _Log(name, tuple(numbers.get(ids, none))) for ids, name in names.items()}
        return decode_pair(stored), logs

    async def _being_filled(self, logs: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
        """The tables that are being sent as a whole, which may have been requested elsewhere."""
        region = self._link.region
        stored = await self._database.store.read([sent_key(*ids, region) for ids in logs])
        found = zip(logs, map(decode_sent, stored), strict=True)
        return {ids for ids, sent in found if sent is not None and sent.fill is not None}

    def _due(self, logs: dict[tuple[int, int], _Log]) -> list[tuple[int, int]]:
        """The tables with something to send, as far as this process knows."""
        now = self._database.clock.monotonic()
        due = []
        for ids, log in logs.items():
            sending = self._tables.get(ids)
            if sending is None:
                sender = TableSender(
                    self._database, self._link, log.table, self._on_filled, self._max_pending
                )
                sending = self._tables[ids] = _Sending(sender)
            if now < sending.backoff.at:
                continue
            moved = sending.sender.done != log.last
            if moved or ids in self._to_fill or sending.sender.is_silent():
                self._to_fill.discard(ids)
                due.append(ids)
        return due

    async def _each(
        self,
        lease: Lease,
        tables: Sequence[tuple[int, int]],
        delay: float = 0.0,
        *,
        checking: bool = False,
    ) -> list[bool]:
        """Work on tables, a few at a time; returns for each whether there is more to do
        immediately.

        Raises LeaseLost and StorageFailure.
        """
        turns = asyncio.Semaphore(TABLES_AT_ONCE)

        async def work(ids: tuple[int, int]) -> bool:
            async with turns:
                return await self._work(lease, self._tables[ids], delay, checking=checking)

        return await together(map(work, tables))

    async def _work(self, lease: Lease, sending: _Sending, delay: float, *, checking: bool) -> bool:
        sender = sending.sender
        now = self._database.clock.monotonic()
        try:
            if checking:
                await sender.check(lease)
                return False
            more = True
            for _ in range(STEPS_A_ROUND):
                if not more or self._stopping.is_set():
                    break
                more = (await sender.step(lease, delay)).more
                self._reached()
                await give_way()
        except CatalogChanged:
            return True
        except LinkDown as error:
            sender.forget()
            self._unreachable(now, str(error))
            return False
        except ReplicaExpelled as error:
            _log.error("%s: table %s no longer replicates with it", error, sender.name)
            await accept_expulsion(self._database, sender.name, self._link.region)
            return False
        except (ReplicaRefused, ServiceError) as error:
            sender.forget()
            if isinstance(error, KeyInaccessible):
                region = self._link.region
                await note_inaccessible(self._database, sender.name, region, INACCESSIBLE_KEY)
            if sending.backoff.failed(now, str(error)):
                _log.error(
                    "changes of the table %s are not sent to %s: %s. This will be retried",
                    *(sender.name, self._link.region, error),
                )
            return False
        sending.backoff.succeeded()
        return more

    def _reached(self) -> None:
        if self._reaching.succeeded():
            _log.warning("%s can be reached again and accepts changes", self._link.region)

    def _unreachable(self, now: float, reason: str) -> None:
        if now < self._reaching.at:
            return  # another table has already found that out
        if self._reaching.failed(now, reason):
            _log.warning(
                "%s cannot be reached: %s. Changes for it wait in the log, and are retried",
                *(self._link.region, reason),
            )


def senders(database: Database) -> tuple[LeasedLoop, ...]:
    """The loops of a database, one for each region to which it has a link."""
    return tuple(
        RegionSender(database, link, partial(activate, database), database.replication)
        for link in database.links.values()
    )
