"""Setting the capacity of a table or index, with activities that report it.

Texts of activities: developer guide, "Using the AWS CLI to manage DynamoDB auto scaling".
"""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import Any, Final

from jedlik.base.errors import ResourceNotFoundException, ServiceError
from jedlik.kernel.catalog_version import MAX_RESTARTS, CatalogChanged
from jedlik.services.autoscaling.alarms import put_alarms
from jedlik.services.autoscaling.model import (
    NAMESPACE,
    PATIENCE_SECONDS,
    History,
    ScalableTarget,
    Scaled,
)
from jedlik.services.autoscaling.store import add_activity, change_target
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.tables.model import PROVISIONED, Table
from jedlik.storage.failures import StorageUnavailable

_UPDATE_TABLE: Final = "jedlik.services.dynamodb.operations.tables.update_table"

SUCCESSFUL: Final = "Successful"
FAILED: Final = "Failed"


async def current_capacity(database: Database, scaled: Scaled) -> int | None:
    """The provisioned units; None if the table or index is missing or on demand."""
    table = await database.catalog.current(scaled.table)
    return None if table is None else provisioned_in(table, scaled)


def provisioned_in(table: Table, scaled: Scaled) -> int | None:
    """The units that a table or its index has provisioned; None if it has none."""
    if table.billing_mode != PROVISIONED:
        return None
    settings = table.settings
    if scaled.index is not None:
        index = table.index(scaled.index)
        if index is None or index.local:
            return None
        settings = index.settings
    units: int | None = settings.get("ProvisionedThroughput", {}).get(scaled.member)
    return units


async def set_capacity(
    database: Database, target: ScalableTarget, capacity: int, cause: str
) -> bool:
    """Set a capacity and report it in an activity; returns whether it was set."""
    scaled = target.scaled
    started = database.clock.now()
    before = await current_capacity(database, scaled)
    try:
        await _update(database, scaled, capacity)
        status = SUCCESSFUL
        message = (
            f"Successfully set {scaled.in_words} to {capacity}. "
            f"Change successfully fulfilled by {NAMESPACE}."
        )
    except ServiceError as error:
        status = FAILED
        message = (
            f"Failed to set {scaled.in_words} to {capacity}. "
            f"Reason: Failed updating table: {error.message}"
        )
    activity = _activity(database, scaled, started, f"Setting {scaled.in_words} to {capacity}.")
    activity |= {"Cause": cause, "StatusCode": status, "StatusMessage": message}
    await add_activity(database, activity)
    await _remember(database, scaled, before, capacity, status)
    if status == SUCCESSFUL:
        for policy in target.policies:
            await put_alarms(database, scaled, policy, capacity)
    return status == SUCCESSFUL


async def tell_bounds(database: Database, target: ScalableTarget, cause: str) -> None:
    """Report in an activity that a scheduled action has set a target's current bounds."""
    bounds = f"min capacity to {target.minimum} and max capacity to {target.maximum}"
    now = database.clock.now()
    activity = _activity(database, target.scaled, now, f"Setting {bounds}")
    message = f"Successfully set {bounds}"
    await add_activity(
        database,
        activity | {"Cause": cause, "StatusCode": SUCCESSFUL, "StatusMessage": message},
    )


async def keep_within(database: Database, target: ScalableTarget) -> None:
    """Set a capacity outside the new bounds to the nearer one."""
    current = await current_capacity(database, target.scaled)
    if current is None:
        return
    if current < target.minimum:
        cause = f"minimum capacity was set to {target.minimum}"
        await set_capacity(database, target, target.minimum, cause)
    elif current > target.maximum:
        cause = f"maximum capacity was set to {target.maximum}"
        await set_capacity(database, target, target.maximum, cause)


def _activity(
    database: Database, scaled: Scaled, started: float, description: str
) -> dict[str, Any]:
    return {
        "ActivityId": database.ids.uuid(),
        "ServiceNamespace": NAMESPACE,
        "ResourceId": scaled.resource,
        "ScalableDimension": scaled.dimension,
        "Description": description,
        "StartTime": started,
        "EndTime": database.clock.now(),
    }


async def _update(database: Database, scaled: Scaled, capacity: int) -> None:
    """Call UpdateTable. Raises its errors; StorageUnavailable if the catalog keeps changing."""
    for _ in range(MAX_RESTARTS):
        table = await database.catalog.current(scaled.table)
        if table is None:
            raise ResourceNotFoundException(
                f"Requested resource not found: Table: {scaled.table} not found"
            )
        given: dict[str, Any] = {"TableName": scaled.table}
        if scaled.index is None:
            given["ProvisionedThroughput"] = _with(table.settings, scaled, capacity)
        else:
            index = table.index(scaled.index)
            if index is None:
                raise ResourceNotFoundException(
                    f"Requested resource not found: Index {scaled.index} for table {scaled.table}"
                )
            throughput = _with(index.settings, scaled, capacity)
            update = {"IndexName": scaled.index, "ProvisionedThroughput": throughput}
            given["GlobalSecondaryIndexUpdates"] = [{"Update": update}]
        try:
            # Loaded by the first scaling.
            await importlib.import_module(_UPDATE_TABLE).update_scaled_table(database, given)
        except CatalogChanged:
            continue
        return
    raise StorageUnavailable(f"the catalog changed {MAX_RESTARTS} times meanwhile")


def _with(settings: dict[str, Any], scaled: Scaled, capacity: int) -> dict[str, int]:
    provisioned = settings.get("ProvisionedThroughput", {})
    units = {
        member: provisioned.get(member, 1) for member in ("ReadCapacityUnits", "WriteCapacityUnits")
    }
    return {**units, scaled.member: capacity}


async def _remember(
    database: Database, scaled: Scaled, before: int | None, capacity: int, status: str
) -> None:
    now = database.clock.now()

    def decide(target: ScalableTarget | None) -> tuple[ScalableTarget | None, None]:
        if target is None:
            return None, None
        history = target.history
        if status == FAILED:
            return replace(
                target, history=replace(history, not_before=now + PATIENCE_SECONDS)
            ), None
        raised = before is None or capacity > before
        return replace(
            target,
            history=History(
                raised=now if raised else history.raised,
                lowered=history.lowered if raised else now,
                set_to=capacity,
            ),
        ), None

    await change_target(database, scaled, decide)
