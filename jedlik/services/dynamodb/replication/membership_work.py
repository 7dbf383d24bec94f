"""Jobs that carry changes of a table's replicas and settings to the other regions.

    join     make the replica's table there, tell the other members, then have it filled
    filled   the replica is a table like any other now; then it is shown as active everywhere
    leave    have the replica's table deleted, tell the other members, then forget it
    gone     this region's table was deleted: tell the members that are left
    apply    repeat a change of what all replicas share, as it was asked for here

Each step may be done again: what another region has done already it does not do twice. A region
that cannot be reached keeps its job waiting, and the replica in the state that it is in; the jobs
of other tables and regions go on.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

from jedlik.base.errors import ServiceError
from jedlik.kernel.due_work import Job
from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.encryption.table_encryption import encryption_of
from jedlik.services.dynamodb.replication.definition import create_request
from jedlik.services.dynamodb.replication.links import RegionLink
from jedlik.services.dynamodb.replication.membership import (
    APPLY,
    FILLED,
    GONE,
    JOIN,
    KIND,
    LEAVE,
    of_group,
    put,
    set_member,
)
from jedlik.services.dynamodb.replication.messages import LinkDown
from jedlik.services.dynamodb.replication.model import (
    ACTIVE,
    CREATING,
    DELETING,
    UPDATING,
    Replica,
    Replication,
)
from jedlik.services.dynamodb.tables.catalog import CatalogDraft
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.dynamodb.tables.model import Table

_log = logging.getLogger(__name__)

_Step = Callable[[Table, Replication, dict[str, Any], Lease], Awaitable[None]]

_OWN_KEY: Final = "KMSMasterKeyId"


def _as_told(replica: Replica) -> Replica:
    """A replica as other regions know it."""
    return replace(replica, fill=False, asked=False, made_at=None)


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
        }

    async def step(self, job: Job, lease: Lease) -> Sequence[Job] | None:
        """Do all of the job; it is done again where a region cannot be reached."""
        members = job.members
        if members["what"] == GONE:
            await self._gone_from(members)
            return ()
        await self._database.catalog.refresh()
        table = await self._database.catalog.current(members["table"])
        replication = None if table is None else table.replication
        if table is not None and replication is not None and replication.group == members["group"]:
            await self._steps[members["what"]](table, replication, members, lease)
        return ()

    # --- Adding a replica -------------------------------------------------------------------------

    async def _join(
        self, table: Table, replication: Replication, members: dict[str, Any], lease: Lease
    ) -> None:
        replica = replication.replica(members["region"])
        if replica is None or replica.status != CREATING or replica.fill:
            return
        now = self._database.clock.now()
        own = Replica(self._own, ACTIVE, now, settings=await self._own_settings(table))
        others = [each for each in replication.replicas if each.region != replica.region]
        message = {
            "do": JOIN,
            "table": table.name,
            "group": replication.group,
            "consistency": replication.consistency,
            "members": [asdict(_as_told(each)) for each in (own, *others)],
            "request": create_request(table, replica.settings, await self._key_of(table, replica)),
        }
        try:
            await self._link(replica.region).control(message)
        except ServiceError as error:
            # As the service does it, what could not be made leaves no trace.
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

    async def _key_of(self, table: Table, replica: Replica) -> str | None:
        """The key that a replica is to be encrypted under, as `create_request` takes it."""
        named: str | None = replica.settings.get(_OWN_KEY)
        if named is not None:
            return named
        return None if await encryption_of(self._database, table) is None else ""

    async def _own_settings(self, table: Table) -> dict[str, Any]:
        """What this region's table has of its own, as others show it."""
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
        active = replace(replica, status=ACTIVE, since=self._database.clock.now())
        others = [each for each in replication.replicas if each.region != replica.region]
        await self._tell(others, table, replication.group, active)
        await set_member(
            self._database, table.name, replication.group, active, replica.region, lease
        )

    # --- Removing one -----------------------------------------------------------------------------

    async def _leave(
        self, table: Table, replication: Replication, members: dict[str, Any], lease: Lease
    ) -> None:
        replica = replication.replica(members["region"])
        if replica is None or replica.status != DELETING:
            return
        group = replication.group
        message = {"do": LEAVE, "table": table.name, "group": group}
        answer = await self._link(replica.region).control(message)
        if answer.get("pending"):
            raise LinkDown(f"{replica.region} still sends its last changes of {table.name}")
        others = [each for each in replication.replicas if each.region != replica.region]
        for other in others:
            await self._take_out(other.region, table.name, group, replica.region)
        await set_member(self._database, table.name, group, None, replica.region, lease)

    async def _gone_from(self, members: dict[str, Any]) -> None:
        """Tell the members that are left of a table that this region has deleted."""
        for region in members["members"]:
            await self._take_out(region, members["table"], members["group"], self._own)

    # --- Settings ---------------------------------------------------------------------------------

    async def _apply(
        self, table: Table, replication: Replication, members: dict[str, Any], lease: Lease
    ) -> None:
        """Repeat a request in the regions that it is meant for, then show them as active again."""
        asked = members["region"]
        for replica in replication.replicas:
            if replica.status != UPDATING or asked not in ("*", replica.region):
                continue
            answer = await self._link(replica.region).control(
                {
                    "do": APPLY, "table": table.name, "group": replication.group,
                    "operation": members["operation"], "payload": members["payload"],
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
        return self._database.names.region

    def _link(self, region: str) -> RegionLink:
        link = self._database.links.get(region)
        if link is None:
            raise LinkDown(f"{region} is no region of this server, nor a peer of it")
        return link

    async def _tell(
        self, others: Sequence[Replica], table: Table, group: str, replica: Replica
    ) -> None:
        """Have the other members know a replica as it is."""
        for other in others:
            await self._link(other.region).control(
                {
                    "do": "member", "table": table.name, "group": group, "region": replica.region,
                    "member": asdict(_as_told(replica)),
                }
            )  # fmt: skip

    async def _take_out(self, where: str, table: str, group: str, region: str) -> None:
        await self._link(where).control(
            {"do": "member", "table": table, "group": group, "region": region, "member": None}
        )
