"""The operations of global tables version 2017.11.29, as the service answers them today.

In October 2026 no such table could be made in any region, so none is ever found. They do not find
tables with replicas of version 2019.11.21 (measured and published by the authors of a controller
for the service).
"""

from __future__ import annotations

from jedlik.base.errors import GlobalTableNotFoundException, ValidationException
from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.database.database import Database


async def create_global_table(_database: Database, _payload: Payload) -> Body:
    """Refused: see the module."""
    raise _not_supported()


async def update_global_table(_database: Database, payload: Payload) -> Body:
    """Refused: adding a replica because of its version, everything else because no such table
    exists."""
    updates = payload["ReplicaUpdates"]
    if not all(any(update.values()) for update in updates) or not updates:
        raise ValidationException("One or more parameter values were invalid")
    if any(update.get("Create") is not None for update in updates):
        raise _not_supported()
    raise _missing(payload)


async def describe_global_table(_database: Database, payload: Payload) -> Body:
    """Refused: see the module."""
    missing = _missing(payload)
    raise GlobalTableNotFoundException(f"Global table not found: {missing.message}")


async def describe_global_table_settings(_database: Database, payload: Payload) -> Body:
    """Refused: see the module."""
    raise _missing(payload)


async def update_global_table_settings(_database: Database, payload: Payload) -> Body:
    """Refused: see the module."""
    raise _missing(payload)


async def list_global_tables(_database: Database, _payload: Payload) -> Body:
    """Always empty."""
    return {"GlobalTables": []}


def _not_supported() -> ValidationException:
    return ValidationException.of_values(
        "DynamoDB global tables version 2017.11.29 is not supported. We recommend using "
        "DynamoDB global tables version 2019.11.21, instead of version 2017.11.29 (Legacy)."
    )


def _missing(payload: Payload) -> GlobalTableNotFoundException:
    return GlobalTableNotFoundException(
        f"Global table with name: '{payload['GlobalTableName']}' does not exist."
    )
