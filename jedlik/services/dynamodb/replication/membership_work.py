"""Jobs that carry changes of a table's replicas and settings to the other regions.

    strongly make all replicas of a table that is to be strongly consistent over its regions
    join     make the replica's table there, tell the other members, then have it filled
    filled   the replica is complete: show it as active everywhere
    leave    have the replica's table deleted once it has sent its last changes, tell the other
             members, then forget it
    gone     this region's table was deleted: tell the remaining members
    detach   have the other members separate from this one, then become a table by itself
    expelled tell the remaining members that one was taken out, and send them everything
    apply    repeat a change of shared settings that was requested here
    reads    tell the others this region's own read capacity
    key      tell the others under which key this region's own table is
    class    tell the others which class this region's own table has

Each step may be repeated: another region does not do anything twice. While a region cannot be
reached, its job waits, and the replica stays in its state; the jobs of other tables and regions go
on.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any, Final, NamedTuple

from jedlik.base.errors import ServiceError, ValidationException
from jedlik.kernel.due_work import Job
from jedlik.kernel.keyspaces import index_prefix
from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.encryption.table_encryption import encryption_of, key_of
from jedlik.services.dynamodb.regions.messages import LinkDown
from jedlik.services.dynamodb.regions.region_link import RegionLink
from jedlik.services.dynamodb.replication.definition import create_request
from jedlik.services.dynamodb.replication.membership import (
    APPLY,
    CLASS,
    DETACH,
    DRAIN_SECONDS,
    EXPELLED,
    FILLED,
    GONE,
    JOIN,
    KEY,
    KIND,
    LEAVE,
    OWN_CLASS,
    OWN_KEY,
    READS,
    STRONGLY,
    of_group,
    put,
    set_member,
)
from jedlik.services.dynamodb.replication.parting import finish_parting, heal
from jedlik.services.dynamodb.replication.read_units import seen_from
from jedlik.services.dynamodb.replication.scaling import write_scaling
from jedlik.services.dynamodb.replication.table_classes import (
    Summary,
    class_of,
    summary_in,
    with_class,
)
from jedlik.services.dynamodb.tables.model import PROVISIONED, TABLE_INDEX_ID, Table
from jedlik.services.dynamodb.tables.replicas import (
    ACTIVE,
    CREATING,
    DELETING,
    STRONG,
    UPDATING,
    Replica,
    Replication,
)
from jedlik.values.keybytes import successor

_log = logging.getLogger(__name__)

FIRST_WAIT: Final = 1.0
MAX_WAIT: Final = 30.0
"""Seconds until a region that cannot be reached is tried again: the shortest and the longest."""

_LOCAL_MEMBERS: Final = ("inaccessible", "inaccessible_since", "cut", "parting", "class_since")
"""Members of a replica that each region has for itself; servers of older versions do not know
them."""


class _Change(NamedTuple):
    """A change of a table's replicas. `members` are those of its job, `lease` is that under which
    the job is done."""

    table: Table
    replication: Replication
    members: dict[str, Any]
    lease: Lease

    @property
    def replica(self) -> Replica | None:
        """The replica that is changed, if it still exists."""
        return self.replication.replica(self.members["region"])

    def others(self, replica: Replica) -> list[Replica]:
        """All other replicas."""
        return [each for each in self.replication.replicas if each.region != replica.region]

    def message(self, what: str, **members: Any) -> dict[str, Any]:
        """A message about the table to another region."""
        name, group = self.table.name, self.replication.group
        return {"do": what, "table": name, "group": group, **members}


_Step = Callable[[_Change], Awaitable[float | None]]
"""Returns the seconds after which to repeat it; None if it is done."""


def _shared_json(replica: Replica) -> dict[str, Any]:
    """A replica as it is sent to other regions."""
    members = asdict(replace(replica, fill=False, asked=False, made_at=None))
    return {name: value for name, value in members.items() if name not in _LOCAL_MEMBERS}


def _without_replicas(replication: Replication) -> Replication:
    return replace(replication, replicas=(), witnesses=(), joining=False)


def _opened(now: float, replication: Replication) -> Replication:
    """With all replicas and witnesses ACTIVE."""
    return replace(
        replication,
        joining=False,
        replicas=tuple(
            replace(each, status=ACTIVE, since=now, asked=False) for each in replication.replicas
        ),
        witnesses=tuple({**each, "WitnessStatus": ACTIVE} for each in replication.witnesses),
    )


class MembershipWork:
    """See `JobKind`."""

    name = KIND

    def __init__(self, database: Database) -> None:
        self._database = database
        self._steps: dict[str, _Step] = {
            JOIN: self._join,
            FILLED: self._filled,
            LEAVE: self._leave,
            APPLY: self._apply,
            READS: self._reads,
            KEY: self._key,
            CLASS: self._class,
            DETACH: self._detach,
            EXPELLED: self._expelled,
            STRONGLY: self._strongly,
        }

    async def step(self, job: Job, lease: Lease) -> Sequence[Job] | None:
        """Do the whole job. If a region cannot be reached, it is repeated at growing intervals, and
        logged once."""
        try:
            return await self._step(job, lease)
        except LinkDown as down:
            tries = job.members.get("tries", 0)
            if not tries:
                _log.warning(
                    "the change of replicas %s waits: %s. It will be retried", job.name, down
                )
            delay = min(FIRST_WAIT * 2.0**tries, MAX_WAIT)
            return [job.again(self._database.clock.now() + delay, tries=min(tries + 1, 20))]

    async def _step(self, job: Job, lease: Lease) -> Sequence[Job] | None:
        members = job.members
        if members["what"] == GONE:
            await self._announce_departure(members)
            return ()
        await self._database.catalog.refresh()
        table = await self._database.catalog.current(members["table"])
        replication = None if table is None else table.replication
        if table is not None and replication is not None and replication.group == members["group"]:
            change = _Change(table, replication, members, lease)
            wait = await self._steps[members["what"]](change)
            if wait is not None:
                return [job.again(self._database.clock.now() + wait)]
        return ()

    # --- Adding a replica -------------------------------------------------------------------------

    async def _join(self, change: _Change) -> None:
        table, replica = change.table, change.replica
        if replica is None or replica.status != CREATING or replica.fill:
            return
        message = await self._join_message(change, replica)
        try:
            await self._link(replica.region).control(message)
        except ServiceError as error:
            # As in the service, a replica that could not be made leaves no trace.
            _log.warning(
                "no replica of %s could be made in %s: %s", table.name, replica.region, error
            )
            await self._set_member(change, replica.region, None)
            return
        await self._send_member(change, replica)
        await self._set_member(change, replica.region, replace(replica, fill=True, asked=False))

    async def _join_message(self, change: _Change, replica: Replica) -> dict[str, Any]:
        """The message that makes a replica's table in its region."""
        table, replication = change.table, change.replication
        now = self._database.clock.now()
        settings = await self._own_settings(table) | seen_from(replica, table)
        own = Replica(self._own, ACTIVE, now, settings=settings)
        strong = replication.consistency == STRONG
        members = [
            replace(each, status=ACTIVE) if strong else each
            for each in (own, *change.others(replica))
        ]
        return change.message(
            JOIN,
            consistency=replication.consistency,
            members=list(map(_shared_json, members)),
            witnesses=[{**each, "WitnessStatus": ACTIVE} for each in replication.witnesses],
            request=create_request(table, replica.settings, await self._key_of(table, replica)),
        )

    async def _strongly(self, change: _Change) -> None:
        """Make all replicas of a table that is empty, and open them with it."""
        table, replication = change.table, change.replication
        if not replication.joining:
            return
        low = index_prefix(table.id, TABLE_INDEX_ID)
        rows = (await self._database.engine.range(low, successor(low), limit=1)).rows
        try:
            if rows:
                raise ValidationException("it is not empty")
            for replica in replication.replicas:
                message = await self._join_message(change, replica)
                await self._link(replica.region).control(message)
        except ServiceError as error:
            _log.warning("%s gets no replicas: %s", table.name, error)
            await self._send_all(change, change.message(LEAVE))
            await self._put(change, _without_replicas)
            return
        await self._send_all(change, change.message(FILLED, time_to_live=None))
        await self._put(change, partial(_opened, self._database.clock.now()))

    async def _put(self, change: _Change, changed: Callable[[Replication], Replication]) -> None:
        name, group, lease = change.table.name, change.replication.group, change.lease
        now = self._database.clock.now()

        def decide(draft: CatalogDraft) -> None:
            lease.check(draft.also_read[0])
            found = of_group(draft, name, group)
            if found is not None:
                put(draft, found[0], changed(found[1]), now)

        await self._database.catalog.change((name,), decide, also_read=(lease.key,))

    async def _set_member(self, change: _Change, region: str, replica: Replica | None) -> None:
        """Enter the new state of a replica in this region; None removes it."""
        name, group = change.table.name, change.replication.group
        await set_member(self._database, name, group, replica, region, change.lease)

    async def _key_of(self, table: Table, replica: Replica) -> str | None:
        """The key under which to encrypt a replica, as `create_request` takes it."""
        named: str | None = replica.settings.get(OWN_KEY)
        if named is not None:
            return named
        return None if await encryption_of(self._database, table) is None else ""

    async def _own_settings(self, table: Table) -> dict[str, Any]:
        """The settings of this region's own table, as others show them."""
        key, own = await key_of(self._database, table), class_of(table)
        settings = {} if key is None else {OWN_KEY: key}
        return settings if own is None else {**settings, OWN_CLASS: own["TableClass"]}

    async def _filled(self, change: _Change) -> None:
        table, replica = change.table, change.replica
        if replica is None or replica.status != CREATING:
            return
        setting = table.time_to_live
        expiring = setting.attribute if setting is not None and setting.enabled else None
        message = change.message(FILLED, time_to_live=expiring)
        await self._link(replica.region).control(message)
        await self._copy_scaling(table, replica)
        active = replace(replica, status=ACTIVE, since=self._database.clock.now())
        await self._send_member(change, active)
        await self._set_member(change, replica.region, active)
        if class_of(table) is not None:
            await self._class(change)

    async def _copy_scaling(self, table: Table, replica: Replica) -> None:
        """Set up auto scaling of a new replica's writes like that of the table."""
        if table.billing_mode != PROVISIONED:
            return
        indexes = [index.name for index in table.indexes if not index.local]
        changes = await write_scaling(self._database.scaling, table.name, indexes)
        message = {"do": "scale", "table": table.name, "changes": changes}
        try:
            await self._link(replica.region).control(message)
        except ServiceError as error:
            _log.warning(
                "the auto scaling of %s is not copied to %s: %s",
                *(table.name, replica.region, error),
            )

    # --- Removing one -----------------------------------------------------------------------------

    async def _leave(self, change: _Change) -> float | None:
        replica = change.replica
        if replica is None or replica.status != DELETING:
            return None
        answer = await self._link(replica.region).control(change.message(LEAVE))
        if answer.get("pending"):
            return DRAIN_SECONDS
        name, group = change.table.name, change.replication.group
        for other in change.others(replica):
            await self._take_out(other.region, name, group, replica.region)
        await self._set_member(change, replica.region, None)
        return None

    async def _announce_departure(self, members: dict[str, Any]) -> None:
        """Tell the remaining members that this region has deleted its table."""
        name, group, healing = members["table"], members["group"], members.get("heal", False)
        for region in members["members"]:
            await self._take_out(region, name, group, self._own, heal=healing)

    # --- Parting ----------------------------------------------------------------------------------

    async def _detach(self, change: _Change) -> float | None:
        """Separate from the others once both sides have all changes; see `parting`."""
        if change.replication.detaching is None:
            return None
        pending = False
        for replica in change.replication.replicas:
            message = change.message(DETACH, region=self._own)
            answer = await self._link(replica.region).control(message)
            pending = pending or answer.get("pending", False)
        if pending or not await finish_parting(self._database, change.table):
            return DRAIN_SECONDS
        return None

    async def _expelled(self, change: _Change) -> None:
        """Tell the remaining members, each of which sends the others what it has."""
        table, replication, expelled = change.table, change.replication, change.members["region"]
        for replica in replication.replicas:
            await self._take_out(
                replica.region, table.name, replication.group, expelled, heal=True, expelled=True
            )
        await heal(self._database, table, replication)

    # --- Settings ---------------------------------------------------------------------------------

    async def _apply(self, change: _Change) -> None:
        """Repeat a request in the regions that it is for, then show them as active again."""
        table, members = change.table, change.members
        operation, region = members["operation"], members["region"]
        message = change.message(
            APPLY,
            operation=operation,
            payload=members["payload"],
            own_reads=members.get("own_reads", []),
            alone=region != "*",
        )
        classes: dict[str, Summary | None] = {}
        for replica in change.replication.replicas:
            if replica.status != UPDATING or region not in ("*", replica.region):
                continue
            answer = await self._link(replica.region).control(message)
            if "refused" in answer:
                _log.warning(
                    "%s of %s was refused in %s: %s",
                    *(operation, table.name, replica.region, answer["refused"]),
                )
            if "class" in answer:  # a server of an older version does not report it
                with contextlib.suppress(ValueError):
                    classes[replica.region] = summary_in(answer["class"])
        await self._database.catalog.change(
            (table.name,),
            lambda draft: self._settle(draft, change, classes),
            also_read=(change.lease.key,),
        )

    async def _reads(self, change: _Change) -> None:
        """Tell the others this region's own read capacity."""
        message = change.message(READS, region=self._own, reads=change.members["reads"])
        await self._announce(change, message, "read capacity")

    async def _key(self, change: _Change) -> None:
        """Tell the others the key of this region's own table."""
        key = await key_of(self._database, change.table)
        await self._announce(change, change.message(KEY, region=self._own, arn=key), "the key")

    async def _class(self, change: _Change) -> None:
        """Tell the others the class of this region's own table."""
        message = change.message(CLASS, region=self._own, summary=class_of(change.table))
        await self._announce(change, message, "the table class")

    async def _announce(self, change: _Change, message: dict[str, Any], what: str) -> None:
        """Tell the others something that they only show, each if its server can."""
        for replica in change.replication.replicas:
            try:
                await self._link(replica.region).control(message)
            except ServiceError as error:  # of an older version
                _log.warning("%s does not take %s: %s", replica.region, what, error)

    def _settle(
        self, draft: CatalogDraft, change: _Change, classes: dict[str, Summary | None]
    ) -> None:
        change.lease.check(draft.also_read[0])
        members = change.members
        found = of_group(draft, change.table.name, members["group"])
        if found is None:
            return
        table, replication = found
        now = self._database.clock.now()
        for replica in replication.replicas:
            if replica.status == UPDATING and members["region"] in ("*", replica.region):
                settings = {**replica.settings, **members.get("settings", {})}
                settings = {key: value for key, value in settings.items() if value is not None}
                settled = replace(replica, status=ACTIVE, since=now, settings=settings)
                if replica.region in classes:
                    settled = with_class(settled, classes[replica.region])
                replication = replication.with_replica(settled)
        put(draft, table, replication, now)

    # --- Other regions ----------------------------------------------------------------------------

    @property
    def _own(self) -> str:
        return self._database.arns.region

    def _link(self, region: str) -> RegionLink:
        link = self._database.links.get(region)
        if link is None:
            raise LinkDown(f"{region} is neither a region of this server nor one of its peers")
        return link

    async def _send_all(self, change: _Change, message: dict[str, Any]) -> None:
        """Send a message to all replicas."""
        for replica in change.replication.replicas:
            await self._link(replica.region).control(message)

    async def _send_member(self, change: _Change, replica: Replica) -> None:
        """Tell the other members the new state of a replica."""
        message = change.message("member", region=replica.region, member=_shared_json(replica))
        for other in change.others(replica):
            await self._link(other.region).control(message)

    async def _take_out(self, where: str, table: str, group: str, region: str, **how: bool) -> None:
        """Have another member take a region out; see `parting.take_out`."""
        await self._link(where).control(
            {
                "do": "member", "table": table, "group": group, "region": region, "member": None,
                **how,
            }
        )  # fmt: skip
