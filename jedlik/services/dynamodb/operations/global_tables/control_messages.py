"""Reading messages about replicas, strictly: another server may send anything, and every process
reads what is written into a table's record.

Each reader raises ValueError or TypeError for a member of another form, and ValidationException if
a request is not valid, or is about another table than its message.
"""

from __future__ import annotations

import math
from typing import Any, Final

from jedlik.base.errors import ValidationException
from jedlik.kernel.realms import is_region
from jedlik.services.dynamodb.inputs import checker_for
from jedlik.services.dynamodb.operations.global_tables.replica_request import OVERRIDES
from jedlik.services.dynamodb.operations.tables.replicated_change import SHARED
from jedlik.services.dynamodb.replication.membership import OWN_KEY
from jedlik.services.dynamodb.replication.read_units import Reads
from jedlik.services.dynamodb.replication.scaling import READ, WRITE
from jedlik.services.dynamodb.tables.replicas import (
    ACTIVE,
    CREATING,
    DELETING,
    EVENTUAL,
    STRONG,
    UPDATING,
    Replica,
)

_OWN_SETTINGS: Final = frozenset((*OVERRIDES, OWN_KEY))
_REPEATED: Final = {
    "CreateTable": frozenset(
        (
            *("TableName", "KeySchema", "AttributeDefinitions", "BillingMode"),
            *("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput", "TableClass"),
            *("LocalSecondaryIndexes", "GlobalSecondaryIndexes", "VectorIndexes"),
            *("StreamSpecification", "SSESpecification"),
        )
    ),
    "UpdateTable": SHARED | {"TableName", "AttributeDefinitions", "SSESpecification"},
    "UpdateTimeToLive": frozenset(("TableName", "TimeToLiveSpecification")),
}
"""The members of requests that other regions repeat. All else is separate in each region, such as
resource policies, or would be done in this server's name, as replicas in third regions: a sender
may change a replica, and has no permission for these."""
_SCALING: Final = "ProvisionedWriteCapacityAutoScalingUpdate"
_MAX_UNITS: Final = 1 << 53
_STATUSES: Final = (ACTIVE, CREATING, UPDATING, DELETING)


def text_in(message: dict[str, Any], name: str) -> str:
    """A member that is a string."""
    text = message[name]
    if type(text) is not str or not text:
        raise ValueError(f"{name} is not a text")
    return text


def names_in(message: dict[str, Any], name: str) -> list[str]:
    """A member that is a list of strings; empty if an older server omits it."""
    names = message.get(name, [])
    if type(names) is not list or any(type(each) is not str for each in names):
        raise ValueError(f"{name} are not texts")
    return names


def reads_in(message: dict[str, Any], name: str) -> Reads:
    """A member with read capacity by names of indexes; an empty name is the table."""
    reads = message[name]
    if type(reads) is not dict or not all(
        type(each) is str and type(units) is int and 0 < units < _MAX_UNITS
        for each, units in reads.items()
    ):
        raise ValueError(f"{name} is not a read capacity")
    return reads


def key_in(message: dict[str, Any]) -> str | None:
    """The ARN of the key of the sender's own table; None if it has no visible one."""
    key: str | None = message["arn"]
    if key is not None:
        _check_settings(text_in(message, "region"), {OWN_KEY: key})
    return key


def consistency_in(message: dict[str, Any]) -> str:
    """EVENTUAL or STRONG."""
    consistency = text_in(message, "consistency")
    if consistency not in (EVENTUAL, STRONG):
        raise ValueError(f"there is no consistency {consistency}")
    return consistency


def request_in(message: dict[str, Any], operation: str, name: str) -> Any:
    """An API request to repeat for the message's table."""
    payload = checker_for(operation)(message[name])
    if payload["TableName"] != message["table"]:
        raise ValidationException("A message of replication is about one table")
    given = {member for member, value in payload.items() if value is not None}
    if not given <= _REPEATED[operation]:
        raise ValidationException(
            f"Replicas do not share {', '.join(sorted(given - _REPEATED[operation]))}"
        )
    return payload


def scaling_in(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Changes of how the table and its indexes are scaled."""
    changes = []
    for each in message["changes"]:
        index, direction, update = each["index"], each["direction"], each["update"]
        if (index is not None and type(index) is not str) or direction not in (READ, WRITE):
            raise ValueError("the capacity of a table or an index is scaled")
        if update is None:
            raise ValueError("a change of scaling has members")
        request = {"TableName": message["table"], _SCALING: update}
        update = checker_for("UpdateTableReplicaAutoScaling")(request)[_SCALING]
        changes.append({"index": index, "direction": direction, "update": update})
    return changes


def replica_in(given: dict[str, Any], own: str) -> Replica:
    """A replica in another region than `own`."""
    replica = Replica(**given)
    made_at = given.get("made_at")
    if not _is_region(given["region"]) or given["region"] == own:
        raise ValueError("a replica has another region")
    if given["status"] not in _STATUSES or not _is_time(given.get("since", 0.0)):
        raise ValueError("a replica has a status and a time")
    if not (made_at is None or _is_time(made_at)) or given.get("class_since") is not None:
        raise ValueError("a replica is made at a time, and only it says since when it has a class")
    _check_settings(given["region"], given.get("settings", {}))
    if any(type(given.get(name, False)) is not bool for name in ("fill", "asked")):
        raise ValueError("a replica is filled or not")
    return replica


def _check_settings(region: str, settings: Any) -> None:
    """Raise unless these could be a replica's own settings, which its creation may name."""
    if type(settings) is not dict or not settings.keys() <= _OWN_SETTINGS:
        raise ValueError("a replica has settings")
    if None in settings.values():
        raise ValueError("a setting has a value")
    create = {"RegionName": region, **settings}
    checker_for("UpdateTable")({"TableName": "any", "ReplicaUpdates": [{"Create": create}]})


def witness_in(given: dict[str, Any]) -> dict[str, str]:
    """A witness: its region and status."""
    region, status = given["RegionName"], given["WitnessStatus"]
    if not _is_region(region) or status not in _STATUSES:
        raise ValueError("a witness has a region and a status")
    return {"RegionName": region, "WitnessStatus": status}


def _is_region(value: Any) -> bool:
    return type(value) is str and is_region(value)


def _is_time(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)
