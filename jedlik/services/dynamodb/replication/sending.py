"""Sending the changes of one table to one region.

A step is a batch: the changes of the next rows of the log are sent, and once the other side has
them, one commit notes that and deletes the rows that every region has by then. A process may die
anywhere in between; changes that were sent but not noted are sent again, and have no effect there.

Before the first batch a greeting is sent, and the other side answers how far it has come. Sending
continues there, unless its position has gone back. Then its store is an older copy, or another one,
and it is also sent the whole table, where later versions win as always. A copy that is older than
the deletions that are still recorded cannot be repaired like that (items deleted since would come
back) and is refused.

The same is done if a log has grown too long: it is dropped, and the table is sent instead once the
region can be reached again.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.kernel.leases import Lease
from jedlik.kernel.metrics.metric import MILLISECONDS
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.recording.replication_log import (
    LOG_SHARDS,
    START,
    LogRow,
    OpenReplication,
    Position,
    last_position,
    number_in,
    number_of,
    pending,
)
from jedlik.services.dynamodb.recording.versions import MICROSECONDS
from jedlik.services.dynamodb.regions.messages import (
    Batch,
    Greeting,
    Log,
    PositionMismatch,
    ReplicaRefused,
    Span,
    Welcome,
)
from jedlik.services.dynamodb.regions.region_link import RegionLink
from jedlik.services.dynamodb.replication.outgoing import LogPage, read_log, read_table
from jedlik.services.dynamodb.replication.parting import note_inaccessible
from jedlik.services.dynamodb.replication.progress import (
    Fill,
    Sent,
    decode_sent,
    earliest,
    encode_sent,
    incarnation,
    sent_key,
)
from jedlik.services.dynamodb.replication.receiving import is_behind, microseconds
from jedlik.services.dynamodb.tables.replicas import Replica
from jedlik.storage.engine import Changes, Value

TOMBSTONE_SECONDS: Final = 7 * 86400.0
"""How long a deletion is recorded at least. An older copy of a store cannot join again."""
HEARTBEAT_SECONDS: Final = 600.0
"""How often a region without changes reports that."""
SLACK: Final = 300 * MICROSECONDS
"""Microseconds that a commit may take from reading the clock until it is visible."""
MAX_AHEAD: Final = 50_000
"""Items remembered as sent ahead of their rows; beyond that they are sent once more."""

_log = logging.getLogger(__name__)


OnFilled = Callable[[str, str], Awaitable[None]]
"""Called with the names of a table and a region once the replica there has everything that the
table held; repeatedly, until the replica's record no longer says `fill`."""


class Progress(NamedTuple):
    """The result of a step: whether there is more to send immediately, and whether changes wait for
    their delay to pass."""

    more: bool = False
    waiting: bool = False


class _Route(NamedTuple):
    """From a table to a replica of it, according to the catalog."""

    table: OpenTable
    log: OpenReplication
    replica: Replica

    @property
    def key(self) -> bytes:
        """The key of the record of how far changes have come."""
        return sent_key(self.table.id, self.log.id, self.replica.region)

    @property
    def other_keys(self) -> list[bytes]:
        """The same for the other replicas."""
        model = self.table.model.replication
        return [
            sent_key(self.table.id, self.log.id, each.region)
            for each in (() if model is None else model.replicas)
            if each.takes_changes and each.region != self.replica.region
        ]


class _Note:
    """Write task: note how far changes have come, and delete `rows` that all regions have.

    The result is False, and nothing changes, if the record was changed meanwhile. Raises LeaseLost,
    and CatalogChanged, since a new region may have none of the rows.
    """

    def __init__(
        self, lease: Lease, route: _Route, before: Sent | None, after: Sent,
        rows: Sequence[LogRow] = (),
    ) -> None:  # fmt: skip
        self._lease = lease
        self._route = route
        self._before = before
        self._after = after
        self._rows = rows
        self.keys = (lease.key, CATALOG_VERSION, route.key, *route.other_keys)

    def decide(self, values: Sequence[Value]) -> Changes[bool]:
        lease, version, stored, *others = values
        self._lease.check(lease)
        if version != self._route.table.version:
            raise CatalogChanged
        if decode_sent(stored) != self._before:
            return Changes({}, False)
        changes: dict[bytes, Value] = {self._route.key: encode_sent(self._after)}
        positions = [sent.position for sent in map(decode_sent, others) if sent is not None]
        if len(positions) == len(others):
            done = earliest([self._after.position, *positions])
            for row in self._rows:
                if row.number <= done[row.shard]:
                    changes[self._route.log.row_key(row.shard, row.number)] = None
        return Changes(changes, True)


class TableSender:
    """Sends one table's changes to one region. Its own state may be lost without harm."""

    def __init__(
        self,
        database: Database,
        link: RegionLink,
        name: str,
        on_filled: OnFilled,
        max_pending: int,
    ) -> None:
        self._database = database
        self._link = link
        self.name = name
        self._on_filled = on_filled
        self._max_pending = max_pending
        self._greeted = False
        self._ahead: dict[bytes, int] = {}
        self._theirs: Position = START
        self._spoke_at = -HEARTBEAT_SECONDS
        self.done: Position | None = None
        """How far the log was sent, once nothing waits any more."""

    def forget(self) -> None:
        """Send a greeting before anything else."""
        self._greeted = False
        self.done = None

    def is_silent(self) -> bool:
        """Whether it is time to send a batch even if it is empty."""
        return self._database.clock.monotonic() - self._spoke_at >= HEARTBEAT_SECONDS

    async def step(self, lease: Lease, delay: float = 0.0) -> Progress:
        """Send the next batch, of changes that are at least `delay` seconds old.

        Raises LinkDown, ReplicaRefused, LeaseLost and CatalogChanged.
        """
        database = self._database
        started = microseconds(database)
        until = database.clock.now() - delay
        found = await self._read_route()
        if found is None:
            return Progress()
        route, sent, last = found
        if sent is not None and pending(last, sent.position) > self._max_pending:
            sent = await self._give_up(lease, route, sent, last)
        if sent is None or not self._greeted:
            sent = await self._greet(lease, route, sent, last)
        page = await read_log(database, route.table, route.log, sent.position, until, self._ahead)
        try:
            after = await self._send(lease, route, sent, page, started)
            if after is not None and after.fill is not None:
                after = await self._fill(lease, route, after)
        except PositionMismatch:
            self.forget()
            return Progress(more=True)
        if after is None:
            return Progress(more=True)
        await self._finish(route, after, last)
        more = page.more or after.fill is not None
        self.done = None if more or page.waiting else after.position
        return Progress(more, page.waiting)

    async def check(self, lease: Lease) -> None:
        """Keep the log of a region to which nothing is sent within its limit. Raises as `step`
        does."""
        found = await self._read_route()
        if found is None:
            return
        route, sent, last = found
        if sent is not None and pending(last, sent.position) > self._max_pending:
            await self._give_up(lease, route, sent, last)
        waiting = pending(last, last if sent is None else sent.position)
        self._record_pending(route, waiting)

    async def _read_route(self) -> tuple[_Route, Sent | None, Position] | None:
        """The table's route, how far it was sent, and where its log ends; None if it has no such
        replica."""
        table = await self._database.catalog.find(self.name)
        model = None if table is None else table.model.replication
        if table is None or table.replication is None or model is None:
            return None
        replica = model.replica(self._link.region)
        if replica is None or model.joining or not replica.takes_changes:
            return None
        route = _Route(table, table.replication, replica)
        keys = (route.key, *route.log.number_keys)
        stored, *numbers = await self._database.store.read(keys)
        return route, decode_sent(stored), last_position(numbers)

    # --- Greeting -----------------------------------------------------------------------------

    async def _greet(self, lease: Lease, route: _Route, sent: Sent | None, last: Position) -> Sent:
        database = self._database
        own = Log(await incarnation(database), route.log.id)
        begin = await self._begin(route.log) if sent is None else sent.position
        name, region = route.table.name, database.arns.region
        greeting = Greeting(region, name, own, begin, last, microseconds(database))
        welcome = await self._link.greet(greeting)
        if welcome.region != route.replica.region:
            raise ReplicaRefused(f"{welcome.region} answers where {route.replica.region} should")
        after = self._known(route, sent, begin, welcome)
        if after != sent and not await database.store.write(_Note(lease, route, sent, after)):
            raise CatalogChanged  # another process was faster: read everything again
        self._greeted = True
        self._theirs = welcome.position or begin
        self._ahead.clear()
        return after

    def _known(self, route: _Route, sent: Sent | None, begin: Position, welcome: Welcome) -> Sent:
        """Where to continue, given what was sent and the other side's answer."""
        name, region = route.table.name, route.replica.region
        if sent is None:
            return Sent(welcome.log, begin, Fill() if route.replica.fill else None)
        position = tuple(map(min, welcome.position or begin, sent.position))
        if sent.target != welcome.log:
            _log.warning("%s has another store than before; it is sent the table %s", region, name)
            return Sent(welcome.log, position, Fill())
        if welcome.position is not None and not is_behind(welcome.position, sent.position):
            return sent
        if sent.fill == Fill():
            return sent  # it will be sent everything anyway
        age = (welcome.clock - welcome.at) / MICROSECONDS
        if welcome.position is not None and age > TOMBSTONE_SECONDS:
            raise ReplicaRefused(
                f"the store of {region} is a copy that has not heard of {name} for "
                f"{age / 86400:.0f} days, and deletions are remembered for "
                f"{TOMBSTONE_SECONDS / 86400:.0f}: delete this replica and create it again"
            )
        _log.warning(
            "the store of %s is an older copy: changes of the table %s had come to %s, and "
            "are at %s there now. It will be sent everything that the table holds",
            *(region, name, sent.position, welcome.position),
        )
        return sent._replace(position=position, fill=Fill())

    async def _begin(self, log: OpenReplication) -> Position:
        """The position before the oldest row of each shard."""
        begin = []
        for shard in range(LOG_SHARDS):
            low, high = log.span(shard, 0)
            number = log.number_keys[shard]
            page = await self._database.store.range(low, high, limit=1, also_read=(number,))
            last = number_of(page.also_read[0])
            begin.append(number_in(page.rows[0][0]) - 1 if page.rows else last)
        return tuple(begin)

    # --- Batches ------------------------------------------------------------------------------

    async def _send(
        self, lease: Lease, route: _Route, sent: Sent, page: LogPage, started: int
    ) -> Sent | None:
        """Send a page of the log; returns how far that is, None if the record was changed
        meanwhile."""
        database = self._database
        if not page.rows and not self.is_silent():
            return sent
        own = Log(await incarnation(database), route.log.id)
        # Commits after `started` have a later time, except for the slack.
        complete = 0 if page.more or page.waiting else max(0, started - SLACK)
        span = Span(self._theirs, page.upto)
        region, name = database.arns.region, route.table.name
        batch = Batch(region, name, own, span, page.changes, complete)
        receipt = await self._link.send(batch)
        self._spoke_at = database.clock.monotonic()
        self._theirs = page.upto
        if route.replica.inaccessible is not None:
            await note_inaccessible(database, name, route.replica.region, None)
            raise CatalogChanged
        after = sent._replace(position=page.upto, at=receipt.clock)
        if not await database.store.write(_Note(lease, route, sent, after, page.rows)):
            return None
        self._remember(page)
        self._record_latency(route, page)
        return after

    async def _fill(self, lease: Lease, route: _Route, sent: Sent) -> Sent | None:
        """Send the next part of the table as a whole."""
        assert sent.fill is not None
        database = self._database
        page = await read_table(database, route.table, route.log, sent.fill)
        own = Log(await incarnation(database), route.log.id)
        region, name = database.arns.region, route.table.name
        receipt = await self._link.send(Batch(region, name, own, None, page.changes))
        after = sent._replace(fill=page.following, at=receipt.clock)
        noted = await database.store.write(_Note(lease, route, sent, after))
        return after if noted else None

    async def _finish(self, route: _Route, sent: Sent, last: Position) -> None:
        """Report that a replica has everything in the table, if that is due."""
        self._record_pending(route, pending(last, sent.position))
        if route.replica.fill and sent.fill is None:
            await self._on_filled(route.table.name, route.replica.region)

    async def _give_up(self, lease: Lease, route: _Route, sent: Sent, last: Position) -> Sent:
        """Drop the rows that wait for a region: it is sent the table instead, later."""
        _log.error(
            "%d changes of the table %s wait for %s, which is more than the limit of %d. They are "
            "dropped, and the table is sent as a whole once %s accepts changes again",
            *(pending(last, sent.position), route.table.name, route.replica.region),
            *(self._max_pending, route.replica.region),
        )
        after = sent._replace(position=last, fill=Fill())
        if not await self._database.store.write(_Note(lease, route, sent, after)):
            raise CatalogChanged
        self._greeted = False
        return after

    # --- State and measurements ---------------------------------------------------------------

    def _remember(self, page: LogPage) -> None:
        ahead = self._ahead
        ahead |= page.ahead
        for row in page.rows:
            if ahead.get(row.item, 0) <= row.number:
                ahead.pop(row.item, None)
        if len(ahead) > MAX_AHEAD:
            ahead.clear()

    def _record_latency(self, route: _Route, page: LogPage) -> None:
        now = self._database.clock.now() * 1000
        passed = [max(0.0, now - row.written) for row in page.rows]
        region = self._link.region
        route.table.meter.record_all(
            "ReplicationLatency", passed, MILLISECONDS, ReceivingRegion=region
        )

    def _record_pending(self, route: _Route, count: int) -> None:
        route.table.meter.measure(
            "PendingReplicationCount", count, ReceivingRegion=self._link.region
        )
