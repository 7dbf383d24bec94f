"""Tables that are strongly consistent over three regions: made in one UpdateTable, and dissolved in
one.

Rules, their order and texts are as the service answered in October 2026 (measured and published by
the authors of a controller for it). The third region may be a witness: it has no table, and here it
does not take part in commits either, since all regions share one engine. So every region must
belong to this server, except a witness.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Payload
from jedlik.kernel.keyspaces import index_prefix
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.operations.global_tables.replica_request import (
    ALREADY_THERE,
    asked,
    check_region,
)
from jedlik.services.dynamodb.replication.local_link import LocalLink
from jedlik.services.dynamodb.replication.membership import (
    LEAVE,
    NO_TTL,
    ONLY_ONE,
    STRONGLY,
    change_job,
    check_member_changeable,
    put,
)
from jedlik.services.dynamodb.streams.streams import StreamDraft
from jedlik.services.dynamodb.tables.model import TABLE_INDEX_ID, Table
from jedlik.services.dynamodb.tables.replicas import (
    CREATING,
    DELETING,
    STRONG,
    Replica,
    Replication,
)
from jedlik.services.dynamodb.tables.unavailable import unavailable
from jedlik.values.keybytes import successor

REGIONS: Final = frozenset(
    (
        *("us-east-1", "us-east-2", "us-west-2"),
        *("eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"),
        *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
    )
)
"""The regions that such a table may be in (developer guide, "Global tables: core concepts"). The
service does not require that all three are on one continent, as the guide says."""
_COUNT: Final = (
    "Unsupported replica count for global tables with MultiRegionConsistency set to STRONG."
)


NOT_EMPTY: Final = (
    "A table has to be empty to become a global table with MultiRegionConsistency set to STRONG."
)
ONLY_REPLICAS: Final = (
    "Requests that modify replicas or witnesses must not also modify other fields"
)


def is_strong(table: Table) -> bool:
    """Whether a table is strongly consistent over its regions."""
    return table.replication is not None and table.replication.consistency == STRONG


class Wanted(NamedTuple):
    """The parts of a request, by region: replicas and witnesses to create and to delete."""

    create: tuple[str, ...]
    delete: tuple[str, ...]
    add_witness: tuple[str, ...]
    remove_witness: tuple[str, ...]

    @property
    def witnesses(self) -> bool:
        """Whether it is about witnesses."""
        return bool(self.add_witness or self.remove_witness)


def wanted_by(payload: Payload) -> Wanted:
    """The parts of a request."""

    def regions(member: str, kind: str) -> tuple[str, ...]:
        return tuple(
            update[kind]["RegionName"]
            for update in payload.get(member) or ()
            if update.get(kind) is not None
        )

    return Wanted(
        regions("ReplicaUpdates", "Create"),
        regions("ReplicaUpdates", "Delete"),
        regions("GlobalTableWitnessUpdates", "Create"),
        regions("GlobalTableWitnessUpdates", "Delete"),
    )


# --- Checks of the request ------------------------------------------------------------------------


def check_creation(payload: Payload, wanted: Wanted, table: Table, own: str) -> None:
    """Refuse requests that do not make a table of this kind."""
    mode = payload.get("MultiRegionConsistency")
    if mode != STRONG:
        raise ValidationException(
            "MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter "
            "is present."
        )
    if wanted.delete or any(update.get("Update") for update in payload["ReplicaUpdates"]):
        raise ValidationException(
            "Only Replica Create actions are supported when MultiRegionConsistency parameter is "
            "provided."
        )
    regions = (*wanted.create, *wanted.add_witness)
    if len(regions) != 2 or not wanted.create:
        raise ValidationException(_COUNT)
    wrong = [region for region in dict.fromkeys((*regions, own)) if region not in REGIONS]
    if wrong:
        raise ValidationException(
            "Unsupported Region(s) specified for global tables with MultiRegionConsistency set to "
            f"STRONG: [{', '.join(wrong)}]."
        )
    if own in wanted.add_witness:
        raise ValidationException(
            "Cannot add a witness in the same region as an existing replica when creating a global "
            "table with MultiRegionConsistency set to STRONG."
        )
    if len(set(regions)) < len(regions):
        raise ValidationException("Cannot target multiple regions with the same action")
    if table.replication is not None:
        raise ValidationException(
            "MultiRegionConsistency parameter is unsupported on existing global table"
        )


async def check_new_members(database: Database, table: Table, wanted: Wanted) -> None:
    """Refuse regions of other servers, existing tables, and settings that such a table cannot
    have."""
    for region in wanted.create:
        check_region(database, region)
        if not isinstance(database.links[region], LocalLink):
            raise unavailable(
                f"Strong consistency with {region}, which is another server: all regions of such a "
                "table have to be on one engine (--regions), which"
            )
    low = index_prefix(table.id, TABLE_INDEX_ID)
    if (await database.engine.range(low, successor(low), limit=1)).rows:
        raise ValidationException(NOT_EMPTY)
    if any(index.local for index in table.indexes):
        raise ValidationException(
            "Local secondary indexes are not supported for global tables with "
            "MultiRegionConsistency set to STRONG."
        )
    if table.time_to_live is not None and table.time_to_live.enabled:
        raise ValidationException(NO_TTL)
    for region in wanted.create:
        if (await asked(database, region, table.name))["exists"]:
            raise ValidationException(ALREADY_THERE.format(table.name))


def check_dissolution(payload: Payload, wanted: Wanted, replication: Replication) -> None:
    """Refuse requests that would leave a part of such a table."""
    if payload.get("MultiRegionConsistency") is not None:
        if wanted.delete:
            raise ValidationException(
                "Only Replica Create actions are supported when MultiRegionConsistency parameter "
                "is provided."
            )
        if payload["MultiRegionConsistency"] == STRONG:
            raise ValidationException(_COUNT)
        raise ValidationException(
            "MultiRegionConsistency parameter is unsupported on existing global table"
        )
    if wanted.create or wanted.add_witness:
        raise ValidationException(
            "Cannot add replicas to a global table with strong MultiRegionConsistency"
        )
    witnesses = {each["RegionName"] for each in replication.witnesses}
    foreign = [region for region in wanted.remove_witness if region not in witnesses]
    if foreign:
        raise ValidationException(
            "Update global table operation failed because one or more witnesses were not part of "
            "the global table. Please retry the request without these witnesses: "
            f"[{', '.join(foreign)}]."
        )
    if witnesses - set(wanted.remove_witness):
        raise ValidationException("Update table delete operation does not include all witnesses.")
    members = {each.region for each in replication.replicas}
    if members - set(wanted.delete):
        raise ValidationException(ONLY_ONE)


# --- Changes --------------------------------------------------------------------------------------


def with_strong_replicas(
    draft: StreamDraft, table: Table, wanted: Wanted, now: float, group: str
) -> Table:
    """The table with its replicas being made; until they exist it refuses requests for items, so
    that it stays empty."""
    check_member_changeable(table)
    replication = Replication(
        draft.catalog.new_id(),
        consistency=STRONG,
        replicas=tuple(
            Replica(region, CREATING, now, made_at=now, asked=True) for region in wanted.create
        ),
        witnesses=tuple(
            {"RegionName": region, "WitnessStatus": CREATING} for region in wanted.add_witness
        ),
        group=group,
        joining=True,
    )
    changed = put(draft.catalog, table, replication, now)
    job = change_job(table.name, STRONGLY, "*", now, group=group)
    draft.catalog.values |= job.puts()
    return changed


def without_strong_replicas(draft: StreamDraft, table: Table, now: float) -> Table:
    """The table with all its replicas being removed."""
    check_member_changeable(table)
    replication = table.replication
    assert replication is not None
    leaving = replace(
        replication,
        replicas=tuple(replace(each, status=DELETING, since=now) for each in replication.replicas),
        witnesses=tuple({**each, "WitnessStatus": DELETING} for each in replication.witnesses),
    )
    changed = put(draft.catalog, table, leaving, now)
    for each in leaving.replicas:
        job = change_job(table.name, LEAVE, each.region, now, group=leaving.group)
        draft.catalog.values |= job.puts()
    return changed
