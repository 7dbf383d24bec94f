"""The effects of a change of a table on its replicas, and on what is recorded of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Literal

from jedlik.gateway.operation import Payload
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.replication.membership import READS, change_job, share
from jedlik.services.dynamodb.replication.read_units import (
    changed_reads,
    followed,
    kept_apart,
    reads_of,
)
from jedlik.services.dynamodb.replication.table_classes import class_of, tell_class
from jedlik.services.dynamodb.tables.model import Table

Origin = Literal["client", "scaling", "region", "override"]
"""The source of a change: a client here, auto scaling here, another region for all replicas, or
another region for this replica alone."""
CLIENT: Final = "client"
SCALING: Final = "scaling"
REGION: Final = "region"
OVERRIDE: Final = "override"
FOLLOWING: Final = frozenset((REGION, OVERRIDE))
"""Members that are checked in the region of the request, and not sent to others."""

SHARED: Final = frozenset(
    (
        *("ProvisionedThroughput", "BillingMode", "GlobalSecondaryIndexUpdates"),
        *("VectorIndexUpdates", "OnDemandThroughput", "WarmThroughput", "TableClass"),
    )
)
"""Changes that all replicas of a table follow, like SSESpecification and unlike the rest."""


def in_all_regions(
    draft: CatalogDraft,
    before: Table,
    after: Table,
    payload: Payload,
    changed: Collection[str],
    now: float,
    origin: Origin,
) -> Table:
    """The changed table, with the changes to repeat in the other regions or to report to them;
    noted in the draft. `changed` are the request's members."""
    if after.replication is None:
        return after
    if class_of(after) != class_of(before):
        tell_class(draft, after, now)
    reads = changed_reads(before, after)
    if origin == OVERRIDE or (origin == SCALING and reads):
        if reads:
            group = after.replication.group
            job = change_job(after.name, READS, "*", now, group=group, reads=reads_of(after))
            draft.values |= job.puts()
        return kept_apart(before, after)
    after = followed(before, after)
    if origin == REGION or not SHARED.intersection(changed):
        return after
    shared = {member: payload.get(member) for member in (*SHARED, "AttributeDefinitions")}
    repeated = {member: value for member, value in shared.items() if value is not None}
    return share(
        draft, after, "UpdateTable", repeated, now, own_reads=sorted(reads_of(after).keys() - reads)
    )
