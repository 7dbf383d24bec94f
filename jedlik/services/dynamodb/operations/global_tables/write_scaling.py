"""Tables with replicas and provisioned capacity: their write capacity must be auto scaled.

A replica cannot throttle writes from the others. So replicas can be added to a table, and an index
to one with replicas, only if its write capacity and that of all its indexes are auto scaled. Auto
scaling of the new index is set up automatically, in every region (measured in October 2026 and
published by the authors of a controller for the service).
"""

from __future__ import annotations

from typing import Final

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.replication.scaling import WRITE
from jedlik.services.dynamodb.tables.model import Table

_DEFAULT_MAX_UNITS: Final = 10
_TARGET: Final = 70.0


async def check_scaling(database: Database, table: Table) -> None:
    """Raise ValidationException unless all write capacity of a provisioned table is auto scaled."""
    if not await database.scaling.scales_writes(table.name, None):
        raise ValidationException(
            "Table write capacity should either be Pay-Per-Request or AutoScaled."
        )
    for index in table.indexes:
        if not index.local and not await database.scaling.scales_writes(table.name, index.name):
            raise ValidationException(
                "GSI write capacity should either be Pay-Per-Request or AutoScaled."
            )


async def scale_index(database: Database, table: Table, name: str) -> None:
    """Set up auto scaling of writes for a new index of a provisioned table with replicas."""
    index = table.index(name)
    if index is None:
        return
    units = index.settings["ProvisionedThroughput"]["WriteCapacityUnits"]
    tracking = {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": _TARGET}}
    await database.scaling.change(
        table.name,
        name,
        WRITE,
        {
            "MinimumUnits": 1,
            "MaximumUnits": max(_DEFAULT_MAX_UNITS, units),
            "ScalingPolicyUpdate": tracking,
        },
    )
