"""ReplicaUpdates of UpdateTable: replicas in other regions are added, changed and removed.

Rules and texts are as the service answered in October 2026 (measured and published by the authors
of a controller for it); they take precedence over the developer guide. The request is alone in its
UpdateTable, has one action for one region (but see `replica_keys`), and is accepted in this region
only; the changes in other regions are made by `replication.membership_work`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from jedlik.base.errors import LimitExceededException, ValidationException
from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.database.catalog import table_not_found
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.encryption.table_encryption import encryption_of
from jedlik.services.dynamodb.operations.global_tables.disassociation import (
    DISASSOCIATE,
    check_is_local,
    disassociate,
)
from jedlik.services.dynamodb.operations.global_tables.replica_classes import check_classes_in
from jedlik.services.dynamodb.operations.global_tables.replica_keys import (
    change_keys,
    names_keys,
)
from jedlik.services.dynamodb.operations.global_tables.replica_request import (
    ALREADY_THERE,
    KEY_FOR_EACH,
    OTHERS,
    OVERRIDES,
    UNLIKE_KEYS,
    Action,
    asked,
    being_added,
    check_not_local,
    check_region,
    check_removable,
    no_such_replica,
    only_action,
)
from jedlik.services.dynamodb.operations.global_tables.strong_replicas import (
    ONLY_REPLICAS,
    Wanted,
    check_creation,
    check_dissolution,
    check_new_members,
    is_strong,
    wanted_by,
    with_strong_replicas,
    without_strong_replicas,
)
from jedlik.services.dynamodb.operations.global_tables.write_scaling import check_scaling
from jedlik.services.dynamodb.replication.membership import (
    APPLY,
    JOIN,
    LEAVE,
    change_job,
    check_member_changeable,
    put,
)
from jedlik.services.dynamodb.streams.streams import StreamDraft, change_table
from jedlik.services.dynamodb.tables.descriptions import read_figures, table_description
from jedlik.services.dynamodb.tables.in_use import check_exists
from jedlik.services.dynamodb.tables.model import PROVISIONED, Table, Transition
from jedlik.services.dynamodb.tables.model import UPDATING as TABLE_UPDATING
from jedlik.services.dynamodb.tables.replicas import (
    CREATING,
    DELETING,
    STRONG,
    UPDATING,
    Replica,
    Replication,
)
from jedlik.services.kms.aws_managed_keys import ALIAS

_STREAM_VIEW: Final = "NEW_AND_OLD_IMAGES"


async def update_replicas(database: Database, payload: Payload) -> Body:
    """Add, change or remove replicas."""
    name = database.arns.table_name(payload["TableName"])
    table = await database.catalog.current(name)
    if any(update.get(DISASSOCIATE) for update in payload["ReplicaUpdates"]):
        return await _disassociate(database, payload, name, table)
    if names_keys(payload):
        return await change_keys(database, payload, name, table)
    strong = table is not None and is_strong(table)
    wanted = wanted_by(payload)
    if payload.get("MultiRegionConsistency") == STRONG or wanted.witnesses:
        strong = True
    action = None
    if not strong or any(update.get("Update") for update in payload["ReplicaUpdates"]):
        action = only_action(payload)
        check_not_local(database, action.region)
    elif any(payload.get(member) is not None for member in OTHERS):
        raise ValidationException(ONLY_REPLICAS)
    if table is None:
        raise table_not_found(name)
    now = round(database.clock.now(), 3)
    group = database.ids.uuid()
    if action is None:
        change = await _strong_change(database, payload, wanted, table, now, group)
    else:
        change = await _change(database, table, action, now, group)
    enabling = action is not None and action.kind == "Create" and not _has_stream(table)

    def decide(draft: StreamDraft) -> tuple[Table, Table]:
        before = draft.catalog.existing(name)
        check_exists(before, now)
        if enabling and _has_stream(before):
            raise _changed_meanwhile()
        return before, change(draft, before)

    before, after = await change_table(database, name, decide, enabling=enabling)
    database.wake_workers()
    return await _answer(database, before, after, now)


async def _disassociate(
    database: Database, payload: Payload, name: str, table: Table | None
) -> Body:
    action = only_action(payload)
    check_is_local(database, action.region)
    if table is None:
        raise table_not_found(name)
    now = round(database.clock.now(), 3)
    before, after = await disassociate(database, table, now)
    return await _answer(database, before, after, now)


Change = Callable[[StreamDraft, Table], Table]


async def _change(
    database: Database, table: Table, action: Action, now: float, group: str
) -> Change:
    """The change for an action. Raises the errors that prevent it."""
    if action.kind == "Create":
        check_region(database, action.region)
        await _check_creation(database, table, action)
    elif action.kind == "Delete":
        await _check_removal(database, table, action)
    elif action.member.get("TableClassOverride") is not None:
        await check_classes_in(database, table.name, (action.region,))
    make = _CHANGES[action.kind]
    return lambda draft, before: make(draft, before, action, now, group)


async def _strong_change(
    database: Database, payload: Payload, wanted: Wanted, table: Table, now: float, group: str
) -> Change:
    """The same for a table that is strongly consistent over its regions, or will be."""
    if is_strong(table):
        assert table.replication is not None
        check_dissolution(payload, wanted, table.replication)
        for region in wanted.delete:
            await check_removable(database, table, region)
        return lambda draft, before: without_strong_replicas(draft, before, now)
    check_creation(payload, wanted, table, database.arns.region)
    await check_new_members(database, table, wanted)
    return lambda draft, before: with_strong_replicas(draft, before, wanted, now, group)


async def _answer(database: Database, before: Table, after: Table, now: float) -> Body:
    """As the service answers: the table is busy, its replicas and witnesses are still unchanged."""
    members = before.replication
    assert after.replication is not None
    shown = replace(
        after,
        replication=replace(
            after.replication,
            replicas=() if members is None else members.replicas,
            witnesses=() if members is None else members.witnesses,
            joining=False,
        ),
        transition=Transition(TABLE_UPDATING, math.inf),
    )
    figures, _ = await read_figures(database.engine, after.id)
    encryption = await encryption_of(database, after)
    return {"TableDescription": table_description(shown, database.arns, now, figures, encryption)}


# --- Actions ------------------------------------------------------------------------------------


async def _check_creation(database: Database, table: Table, action: Action) -> None:
    replication = table.replication
    known = None if replication is None else replication.replica(action.region)
    if known is not None and known.status != CREATING:
        raise ValidationException(ALREADY_THERE.format(table.name))
    if replication is not None and replication.joining:
        raise being_added(table, database.arns.region)
    await _check_key_is_given(database, table, action)
    if table.billing_mode == PROVISIONED:
        await check_scaling(database, table)
    if known is not None:
        return
    there = await asked(
        database, action.region, table.name, key=action.member.get("KMSMasterKeyId")
    )
    if there["exists"]:
        raise ValidationException(ALREADY_THERE.format(table.name))
    if there.get("key_refused") is not None:
        raise ValidationException(there["key_refused"])
    if there.get("key") is not None:
        action.member["KMSMasterKeyId"] = there["key"]


async def _check_key_is_given(database: Database, table: Table, action: Action) -> None:
    """A replica has its own key if, and only if, its table is encrypted under one that a user
    made."""
    named = action.member.get("KMSMasterKeyId")
    by_user = False
    if await encryption_of(database, table) is not None:
        ring = (await database.rings()).rings[table.id]
        current = ring.model.current
        master = None if current is None else ring.masters.get(current.master)
        by_user = master is None or not master.aws_managed
    if by_user != (named is not None):
        raise ValidationException.of_values(KEY_FOR_EACH)
    if named == ALIAS:
        raise ValidationException.of_values(UNLIKE_KEYS)


async def _check_removal(database: Database, table: Table, action: Action) -> None:
    replication = table.replication
    if replication is None or replication.replica(action.region) is None:
        raise no_such_replica(table, action.region)
    await check_removable(database, table, action.region)


def _changed_meanwhile() -> LimitExceededException:
    return LimitExceededException("The stream of the table is being changed; try again.")


def _has_stream(table: Table) -> bool:
    return table.stream is not None and table.stream.closed_at is None


def _create(draft: StreamDraft, table: Table, action: Action, now: float, group: str) -> Table:
    check_member_changeable(table)
    if not _has_stream(table):
        table = draft.enable(table, _STREAM_VIEW)
    settings = {
        member: action.member[member]
        for member in (*OVERRIDES, "KMSMasterKeyId")
        if action.member.get(member) is not None
    }
    replica = Replica(action.region, CREATING, now, settings=settings, made_at=now, asked=True)
    replication = table.replication
    if replication is None:
        replication = Replication(draft.catalog.new_id(), group=group)
    changed = put(draft.catalog, table, replication.with_replica(replica), now)
    return _with_job(draft, changed, JOIN, action.region, now)


def _delete(draft: StreamDraft, table: Table, action: Action, now: float, _group: str) -> Table:
    replication, replica = _member(table, action)
    check_member_changeable(table)
    leaving = replication.with_replica(replace(replica, status=DELETING, since=now))
    changed = put(draft.catalog, table, leaving, now)
    return _with_job(draft, changed, LEAVE, action.region, now)


def _update(draft: StreamDraft, table: Table, action: Action, now: float, _group: str) -> Table:
    replication, replica = _member(table, action)
    if action.member.get("KMSMasterKeyId") is not None:
        raise ValidationException.of_values(KEY_FOR_EACH)
    check_member_changeable(table)
    request, settings = _override(table, replica, action)
    updating = replication.with_replica(replace(replica, status=UPDATING, since=now))
    changed = put(draft.catalog, table, updating, now)
    return _with_job(
        draft, changed, APPLY, action.region, now,
        operation="UpdateTable", payload=request, settings=settings,
    )  # fmt: skip


def _member(table: Table, action: Action) -> tuple[Replication, Replica]:
    replication = table.replication
    replica = None if replication is None else replication.replica(action.region)
    if replication is None or replica is None:
        raise no_such_replica(table, action.region)
    return replication, replica


def _with_job(
    draft: StreamDraft, table: Table, what: str, region: str, now: float, **members: Any
) -> Table:
    assert table.replication is not None
    job = change_job(table.name, what, region, now, group=table.replication.group, **members)
    draft.catalog.values |= job.puts()
    return table


_CHANGES: Final = {"Create": _create, "Delete": _delete, "Update": _update}


# --- Overrides ----------------------------------------------------------------------------------


def _override(
    table: Table, replica: Replica, action: Action
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The UpdateTable for the replica, and its own values afterwards; None if they equal the
    table's."""
    member = action.member
    request: dict[str, Any] = {"TableName": table.name}
    settings: dict[str, Any] = {}
    units = member.get("ProvisionedThroughputOverride")
    if units is not None:
        if table.billing_mode != PROVISIONED:
            raise ValidationException(  # without the prefix that a table's own units get
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                "BillingMode is PAY_PER_REQUEST"
            )
        own = table.settings["ProvisionedThroughput"]
        read = units["ReadCapacityUnits"]
        request["ProvisionedThroughput"] = {
            "ReadCapacityUnits": read, "WriteCapacityUnits": own["WriteCapacityUnits"],
        }  # fmt: skip
        settings["ProvisionedThroughputOverride"] = (
            None if read == own["ReadCapacityUnits"] else {"ReadCapacityUnits": read}
        )
    maximum = member.get("OnDemandThroughputOverride")
    if maximum is not None:
        if table.billing_mode == PROVISIONED:
            raise ValidationException(
                "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the "
                "table BillingMode is PROVISIONED"
            )
        request["OnDemandThroughput"] = maximum
        own = table.settings.get("OnDemandThroughput", {})
        same = maximum["MaxReadRequestUnits"] == own.get("MaxReadRequestUnits", -1)
        settings["OnDemandThroughputOverride"] = None if same else maximum
    if member.get("TableClassOverride") is not None:
        request["TableClass"] = member["TableClassOverride"]
        settings["TableClassOverride"] = member["TableClassOverride"]
    if member.get("GlobalSecondaryIndexes"):
        changes, indexes = _index_overrides(table, replica, member["GlobalSecondaryIndexes"])
        request["GlobalSecondaryIndexUpdates"] = changes
        settings["GlobalSecondaryIndexes"] = indexes or None
    return request, settings


def _index_overrides(
    table: Table, replica: Replica, given: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Updates of the replica's indexes, and the overrides of all of them afterwards."""
    overrides = {each["IndexName"]: each for each in replica.settings.get(
        "GlobalSecondaryIndexes", ())}  # fmt: skip
    updates = []
    for each in given:
        index = table.index(each["IndexName"])
        units = each.get("ProvisionedThroughputOverride")
        if index is None or units is None:
            continue
        own = index.settings["ProvisionedThroughput"]
        read = units["ReadCapacityUnits"]
        updates.append(
            {
                "Update": {
                    "IndexName": index.name,
                    "ProvisionedThroughput": {
                        "ReadCapacityUnits": read,
                        "WriteCapacityUnits": own["WriteCapacityUnits"],
                    },
                }
            }
        )
        if read == own["ReadCapacityUnits"]:
            overrides.pop(index.name, None)
        else:
            overrides[index.name] = {
                "IndexName": index.name,
                "ProvisionedThroughputOverride": units,
            }
    return updates, list(overrides.values())
