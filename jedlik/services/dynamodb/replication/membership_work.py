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

Each step may be repeated: another region does not do anything twice. While a region cannot be
reached, its job waits, and the replica stays in its state; the jobs of other tables and regions go
on.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any, Final

from jedlik.base.errors import ServiceError, ValidationException
from jedlik.kernel.due_work import Job
from jedlik.kernel.keyspaces import index_prefix
from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.encryption.table_encryption import encryption_of
from jedlik.services.dynamodb.replication.definition import create_request
from jedlik.services.dynamodb.replication.membership import (
    APPLY,
    DETACH,
    DRAIN_SECONDS,
    EXPELLED,
    FILLED,
    GONE,
    JOIN,
    KIND,
    LEAVE,
    READS,
    STRONGLY,
    of_group,
    put,
    set_member,
)
from jedlik.services.dynamodb.replication.messages import LinkDown
from jedlik.services.dynamodb.replication.model import (
    ACTIVE,
    CREATING,
    DELETING,
    STRONG,
    UPDATING,
    Replica,
    Replication,
)
from jedlik.services.dynamodb.replication.parting import finish_parting, heal
from jedlik.services.dynamodb.replication.read_units import seen_from
from jedlik.services.dynamodb.replication.region_link import RegionLink
from jedlik.services.dynamodb.replication.scaling import write_scaling
from jedlik.services.dynamodb.tables.catalog import CatalogDraft
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.dynamodb.tables.model import PROVISIONED, TABLE_INDEX_ID, Table
from jedlik.values.keybytes import successor

_log = logging.getLogger(__name__)

FIRST_WAIT: Final = 1.0
MAX_WAIT: Final = 30.0
"""Seconds until a region that cannot be reached is tried again: the shortest and the longest."""

_Step = Callable[[Table, Replication, dict[str, Any], Lease], Awaitable[float | None]]
"""Returns the seconds after which to repeat it; None if it is done."""

_OWN_KEY: Final = "KMSMasterKeyId"


_OWN_MATTERS: Final = ("inaccessible", "inaccessible_since", "cut", "parting")
"""Kept by each region for itself; servers of older versions do not know it."""


def _as_told(replica: Replica) -> Replica:
    """A replica as other regions know it."""
    return replace(replica, fill=False, asked=False, made_at=None)


def _told_json(replica: Replica) -> dict[str, Any]:
    """The same in the form in which it is sent."""
    members = asdict(_as_told(replica))
    return {name: value for name, value in members.items() if name not in _OWN_MATTERS}


def _without_replicas(replication: Replication) -> Replication:
    return replace(replication, replicas=(), witnesses=(), joining=False)


def _opened(now: float, replication: Replication) -> Replication:
    """With all replicas and witnesses there."""
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
                    "the change of replicas %s waits: %s. It is tried again", job.name, down
                )
            delay = min(FIRST_WAIT * 2.0**tries, MAX_WAIT)
            return [job.again(self._database.clock.now() + delay, tries=min(tries + 1, 20))]

    async def _step(self, job: Job, lease: Lease) -> Sequence[Job] | None:
        members = job.members
        if members["what"] == GONE:
            await self._gone_from(members)
            return ()
        await self._database.catalog.refresh()
        table = await self._database.catalog.current(members["table"])
        replication = None if table is None else table.replication
        if table is not None and replication is not None and replication.group == members["group"]:
            wait = await self._steps[members["what"]](table, replication, members, lease)
            if wait is not None:
                return [job.again(self._database.clock.now() + wait)]
        return ()

    # --- Adding a replica -------------------------------------------------------------------------

    async def _join(
        self, table: Table, replication: Replication, members: dict[str, Any], lease: Lease
    ) -> None:
        replica = replication.replica(members["region"])
        if replica is None or replica.status != CREATING or replica.fill:
            return
        others = [each for each in replication.replicas if each.region != replica.region]
        message = await self._join_message(table, replication, replica)
        try:
            await self._link(replica.region).control(message)
        except ServiceError as error:
            # As in the service, a replica that could not be made leaves no trace.
            _log.warning(
                "no replica of %s could be made in %s: %s", table.name, replica.region, error
            )
            group = replication.group
            await set_member(self._database, table.name, group, None, replica.region, lease)
            return
        await self._tell(others, table, replication.group, replica)
        filling = replace(replica, fill=True, asked=False)
        await set_member(
            self._database, table.name, replication.group, filling, replica.region, lease
        )

    async def _join_message(
        self, table: Table, replication: Replication, replica: Replica
    ) -> dict[str, Any]:
        """The message that makes a replica's table in its region."""
        now = self._database.clock.now()
        settings = await self._own_settings(table) | seen_from(replica, table)
        own = Replica(self._own, ACTIVE, now, settings=settings)
        others = [each for each in replication.replicas if each.region != replica.region]
        strong = replication.consistency == STRONG
        members = [replace(each, status=ACTIVE) if strong else each for each in (own, *others)]
        return {
            "do": JOIN,
            "table": table.name,
            "group": replication.group,
            "consistency": replication.consistency,
            "members": list(map(_told_json, members)),
            "witnesses": [{**each, "WitnessStatus": ACTIVE} for each in replication.witnesses],
            "request": create_request(table, replica.settings, await self._key_of(table, replica)),
        }

    async def _strongly(
        self, table: Table, replication: Replication, _members: dict[str, Any], lease: Lease
    ) -> None:
        """Make all replicas of a table that is empty, and open them with it."""
        if not replication.joining:
            return
        low = index_prefix(table.id, TABLE_INDEX_ID)
        rows = (await self._database.engine.range(low, successor(low), limit=1)).rows
        try:
            if rows:
                raise ValidationException("it is not empty")
            for replica in replication.replicas:
                message = await self._join_message(table, replication, replica)
                await self._link(replica.region).control(message)
        except ServiceError as error:
            _log.warning("%s gets no replicas: %s", table.name, error)
            for replica in replication.replicas:
                await self._link(replica.region).control(
                    {"do": LEAVE, "table": table.name, "group": replication.group}
                )
            await self._put(table.name, replication.group, _without_replicas, lease)
            return
        for replica in replication.replicas:
            await self._link(replica.region).control(
                {
                    "do": FILLED, "table": table.name, "group": replication.group,
                    "time_to_live": None,
                }
            )  # fmt: skip
        now = self._database.clock.now()
        await self._put(table.name, replication.group, partial(_opened, now), lease)

    async def _put(
        self,
        name: str,
        group: str,
        changed: Callable[[Replication], Replication],
        lease: Lease,
    ) -> None:
        now = self._database.clock.now()

        def change(draft: CatalogDraft) -> None:
            lease.check(draft.also_read[0])
            found = of_group(draft, name, group)
            if found is not None:
                put(draft, found[0], changed(found[1]), now)

        await self._database.catalog.change((name,), change, also_read=(lease.key,))

    async def _key_of(self, table: Table, replica: Replica) -> str | None:
        """The key under which to encrypt a replica, as `create_request` takes it."""
        named: str | None = replica.settings.get(_OWN_KEY)
        if named is not None:
            return named
        return None if await encryption_of(self._database, table) is None else ""

    async def _own_settings(self, table: Table) -> dict[str, Any]:
        """The settings of this region's own table, as others show them."""
        encryption = await encryption_of(self._database, table)
        if encryption is None:
            return {}
        return {_OWN_KEY: encryption.description["KMSMasterKeyArn"]}

    async def _filled(
        self, table: Table, replication: Replication, members: dict[str, Any], lease: Lease
    ) -> None:
        replica = replication.replica(members["region"])
        if replica is None or replica.status != CREATING:
            return
        setting = table.time_to_live
        expiring = setting.attribute if setting is not None and setting.enabled else None
        await self._link(replica.region).control(
            {
                "do": FILLED, "table": table.name, "group": replication.group,
                "time_to_live": expiring,
            }
        )  # fmt: skip
        await self._copy_scaling(table, replica)
        active = replace(replica, status=ACTIVE, since=self._database.clock.now())
        others = [each for each in replication.replicas if each.region != replica.region]
        await self._tell(others, table, replication.group, active)
        await set_member(
            self._database, table.name, replication.group, active, replica.region, lease
        )

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

    async def _leave(
        self, table: Table, replication: Replication, members: dict[str, Any], lease: Lease
    ) -> float | None:
        replica = replication.replica(members["region"])
        if replica is None or replica.status != DELETING:
            return None
        group = replication.group
        message = {"do": LEAVE, "table": table.name, "group": group}
        answer = await self._link(replica.region).control(message)
        if answer.get("pending"):
            return DRAIN_SECONDS
        others = [each for each in replication.replicas if each.region != replica.region]
        for other in others:
            await self._take_out(other.region, table.name, group, replica.region)
        await set_member(self._database, table.name, group, None, replica.region, lease)
        return None

    async def _gone_from(self, members: dict[str, Any]) -> None:
        """Tell the remaining members that this region has deleted its table."""
        for region in members["members"]:
            await self._take_out(
                region, members["table"], members["group"], self._own,
                heal=members.get("heal", False),
            )  # fmt: skip

    # --- Parting ----------------------------------------------------------------------------------

    async def _detach(
        self, table: Table, replication: Replication, _members: dict[str, Any], _lease: Lease
    ) -> float | None:
        """Separate from the others once both sides have all changes; see `parting`."""
        if replication.detaching is None:
            return None
        message = {"do": DETACH, "table": table.name, "group": replication.group}
        pending = False
        for replica in replication.replicas:
            answer = await self._link(replica.region).control({**message, "region": self._own})
            pending = pending or answer.get("pending", False)
        if pending or not await finish_parting(self._database, table):
            return DRAIN_SECONDS
        return None

    async def _expelled(
        self, table: Table, replication: Replication, members: dict[str, Any], _lease: Lease
    ) -> float | None:
        """Tell the remaining members, each of which sends the others what it has."""
        for replica in replication.replicas:
            await self._take_out(
                replica.region, table.name, replication.group, members["region"],
                heal=True, expelled=True,
            )  # fmt: skip
        await heal(self._database, table, replication)
        return None

    # --- Settings ---------------------------------------------------------------------------------

    async def _apply(
        self, table: Table, replication: Replication, members: dict[str, Any], lease: Lease
    ) -> None:
        """Repeat a request in the regions that it is for, then show them as active again."""
        asked = members["region"]
        for replica in replication.replicas:
            if replica.status != UPDATING or asked not in ("*", replica.region):
                continue
            answer = await self._link(replica.region).control(
                {
                    "do": APPLY, "table": table.name, "group": replication.group,
                    "operation": members["operation"], "payload": members["payload"],
                    "own_reads": members.get("own_reads", []), "alone": asked != "*",
                }
            )  # fmt: skip
            if "refused" in answer:
                _log.warning(
                    "%s of %s was refused in %s: %s",
                    *(members["operation"], table.name, replica.region, answer["refused"]),
                )
        await self._database.catalog.change(
            (table.name,), lambda draft: self._settle(draft, table.name, members, lease),
            also_read=(lease.key,),
        )  # fmt: skip

    async def _reads(
        self, table: Table, replication: Replication, members: dict[str, Any], _lease: Lease
    ) -> None:
        """Tell the others this region's own read capacity."""
        for replica in replication.replicas:
            message = {"do": READS, "table": table.name, "group": replication.group}
            try:
                await self._link(replica.region).control(
                    {**message, "region": self._own, "reads": members["reads"]}
                )
            except ServiceError as error:
                # A server of an older version does not show that of another region.
                _log.warning("%s is not told read capacity: %s", replica.region, error)

    def _settle(
        self, draft: CatalogDraft, name: str, members: dict[str, Any], lease: Lease
    ) -> None:
        lease.check(draft.also_read[0])
        found = of_group(draft, name, members["group"])
        if found is None:
            return
        table, replication = found
        now = self._database.clock.now()
        for replica in replication.replicas:
            if replica.status == UPDATING and members["region"] in ("*", replica.region):
                settings = {**replica.settings, **members.get("settings", {})}
                settings = {key: value for key, value in settings.items() if value is not None}
                settled = replace(replica, status=ACTIVE, since=now, settings=settings)
                replication = replication.with_replica(settled)
        put(draft, table, replication, now)

    # --- Other regions ----------------------------------------------------------------------------

    @property
    def _own(self) -> str:
        return self._database.arns.region

    def _link(self, region: str) -> RegionLink:
        link = self._database.links.get(region)
        if link is None:
            raise LinkDown(f"{region} is no region of this server, nor a peer of it")
        return link

    async def _tell(
        self, others: Sequence[Replica], table: Table, group: str, replica: Replica
    ) -> None:
        """Tell the other members the present state of a replica."""
        for other in others:
            await self._link(other.region).control(
                {
                    "do": "member", "table": table.name, "group": group, "region": replica.region,
                    "member": _told_json(replica),
                }
            )  # fmt: skip

    async def _take_out(self, where: str, table: str, group: str, region: str, **how: bool) -> None:
        """Have another member take a region out; see `parting.take_out`."""
        await self._link(where).control(
            {
                "do": "member", "table": table, "group": group, "region": region, "member": None,
                **how,
            }
        )  # fmt: skip
