"""The keys of all replicas, changed in one request: ReplicaUpdates with one Update for each region,
that of the table included.

A user's key belongs to one region, so none of a table's replicas could be encrypted under that of
another. Such a request is what a client of the service sends in its tests against it
(hashicorp/terraform-provider-aws, `aws_dynamodb_table`: changes of server_side_encryption; pull
request 23153), and what the error of SSESpecification refers to (issue 21726).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.database.catalog import CatalogDraft, table_not_found
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.encryption.table_encryption import change_encryption
from jedlik.services.dynamodb.operations.global_tables.replica_request import (
    ALONE,
    KEY_FOR_EACH,
    OVERRIDES,
    UNLIKE_KEYS,
    asked,
    check_alone,
    no_such_replica,
)
from jedlik.services.dynamodb.replication.membership import (
    APPLY,
    OWN_KEY,
    change_job,
    check_member_changeable,
    tell_key,
)
from jedlik.services.dynamodb.tables.descriptions import read_figures, table_description
from jedlik.services.dynamodb.tables.in_use import check_exists
from jedlik.services.dynamodb.tables.model import Table
from jedlik.services.dynamodb.tables.replicas import UPDATING
from jedlik.services.kms.aws_managed_keys import ALIAS


def names_keys(payload: Payload) -> bool:
    """Whether a request changes the keys of several regions, each named once, and nothing else of
    them."""
    updates = payload["ReplicaUpdates"]
    members = [update.get("Update") or {} for update in updates]
    return (
        all(_only_updates(update) for update in updates)
        and len({member["RegionName"] for member in members}) == len(members) > 1
        and any(member.get(OWN_KEY) is not None for member in members)
        and all(member.get(name) is None for member in members for name in OVERRIDES)
    )


def _only_updates(update: dict[str, Any]) -> bool:
    return [kind for kind, member in update.items() if member is not None] == ["Update"]


async def change_keys(database: Database, payload: Payload, name: str, table: Table | None) -> Body:
    """Encrypt a table and its replicas under other keys."""
    check_alone(payload)
    if table is None:
        raise table_not_found(name)
    members = [update["Update"] for update in payload["ReplicaUpdates"]]
    keys = {member["RegionName"]: member.get(OWN_KEY) for member in members}
    _check_regions(table, keys, database.arns.region)
    _check_consistency(table, payload)
    keys = await _known_keys(database, name, keys)
    now = round(database.clock.now(), 3)

    def check_state(current: Table) -> None:
        check_exists(current, now)
        check_member_changeable(current)
        _check_regions(current, keys, database.arns.region)

    changed, encryption = await change_encryption(
        database,
        name,
        _specification(keys[database.arns.region]),
        check_state,
        lambda draft, current: _with_keys(draft, current, keys, now),
        again=True,
    )
    figures, _ = await read_figures(database.engine, changed.id)
    shown = table_description(changed, database.arns, now, figures, encryption)
    return {"TableDescription": shown}


def _check_regions(table: Table, keys: dict[str, Any], own: str) -> None:
    """Refuse keys unless they are for the table's own region and all those of its replicas."""
    replicas = () if table.replication is None else table.replication.replicas
    regions = {own, *(replica.region for replica in replicas)}
    for region in keys:
        if region not in regions or not replicas:
            raise no_such_replica(table, region)
    if keys.keys() != regions or None in keys.values():
        raise ValidationException.of_values(KEY_FOR_EACH)


def _check_consistency(table: Table, payload: Payload) -> None:
    """Refuse a change of the consistency, which is that of another request."""
    assert table.replication is not None
    if payload.get("MultiRegionConsistency") not in (None, table.replication.consistency):
        raise ValidationException.of_values(ALONE)


async def _known_keys(database: Database, name: str, keys: dict[str, str]) -> dict[str, str]:
    """The keys, of which those in other regions are known there."""
    if ALIAS in keys.values():
        if set(keys.values()) != {ALIAS}:
            raise ValidationException.of_values(UNLIKE_KEYS)
        return keys
    found = dict(keys)
    for region, key in keys.items():
        if region != database.arns.region:
            there = await asked(database, region, name, key=key)
            if there.get("key_refused") is not None:
                raise ValidationException(there["key_refused"])
            found[region] = there["key"]
    return found


def _specification(key: str) -> dict[str, Any]:
    named = {} if key == ALIAS else {OWN_KEY: key}
    return {"Enabled": True, "SSEType": "KMS", **named}


def _with_keys(draft: CatalogDraft, table: Table, keys: dict[str, str], now: float) -> Table:
    """The table while its replicas get their keys; noted in the draft."""
    replication = table.replication
    assert replication is not None
    for replica in replication.replicas:
        key = keys[replica.region]
        if replica.settings.get(OWN_KEY) == key:
            continue
        replication = replication.with_replica(replace(replica, status=UPDATING, since=now))
        request = {"TableName": table.name, "SSESpecification": _specification(key)}
        job = change_job(
            table.name, APPLY, replica.region, now,
            group=replication.group, operation="UpdateTable", payload=request,
        )  # fmt: skip
        draft.values |= job.puts()
    tell_key(draft, table, now)
    return replace(table, replication=replication)
