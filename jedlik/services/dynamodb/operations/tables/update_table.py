"""UpdateTable."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from jedlik.base.errors import LimitExceededException, ResourceInUseException, ValidationException
from jedlik.gateway.operation import Body, Payload
from jedlik.kernel.keyspaces import backfill_key
from jedlik.services.dynamodb.encryption.table_encryption import (
    change_encryption,
    check_specification,
    encryption_of,
)
from jedlik.services.dynamodb.operations.tables.stream_specification import (
    check_at_update,
    with_stream,
)
from jedlik.services.dynamodb.streams.streams import StreamDraft, change_table
from jedlik.services.dynamodb.tables.catalog import CatalogDraft
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.dynamodb.tables.descriptions import (
    ShownEncryption,
    read_figures,
    table_description,
)
from jedlik.services.dynamodb.tables.index_changes import (
    IN_USE,
    ONE_AT_A_TIME,
    IndexChange,
    check_index_deletable,
    check_order,
    checked_changes,
    with_index_created,
    with_index_updated,
    without_index,
)
from jedlik.services.dynamodb.tables.model import (
    CREATING,
    DELETING,
    PAY_PER_REQUEST,
    PROVISIONED,
    UPDATING,
    Index,
    IndexT,
    Table,
    Transition,
)
from jedlik.services.dynamodb.tables.quotas import reserved_by_account
from jedlik.services.dynamodb.tables.throughput import (
    INVALID,
    changed_capacity,
    changed_on_demand,
    changed_warm,
    check_capacity,
    check_on_demand,
    check_warm_increase,
    raised_warm,
    switched_settings,
    with_maxima,
)
from jedlik.services.dynamodb.tables.unavailable import refuse_members
from jedlik.services.dynamodb.vectors.changes import (
    checked_vector_changes,
    deletable_vector_index,
    with_vector_index_created,
)
from jedlik.services.dynamodb.vectors.definitions import ONLY_ON_DEMAND

UNAVAILABLE: Final = (
    "ReplicaUpdates",
    "MultiRegionConsistency",
    "GlobalTableWitnessUpdates",
    "GlobalTableSettingsReplicationMode",
    "DisassociationProtectionEnabled",
)

_CHANGES: Final = (
    "ProvisionedThroughput",
    "BillingMode",
    "StreamSpecification",
    "GlobalSecondaryIndexUpdates",
    "VectorIndexUpdates",
    "SSESpecification",
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "WarmThroughput",
    "TableClass",
)
_ALONE: Final = {
    "SSESpecification": "Server-Side Encryption modification",
    "TableClass": "TableClass modification",
    "DeletionProtectionEnabled": "DeletionProtection modification",
}
"""Changes that must be the only one in a request."""

_RESERVING: Final = frozenset(("ProvisionedThroughput", "GlobalSecondaryIndexUpdates"))
"""Changes that may take more of the account's capacity."""

_NOT_WHILE_UPDATING: Final = (
    "GlobalSecondaryIndexUpdates",
    "VectorIndexUpdates",
    "TableClass",
    "StreamSpecification",
)
"""Changes that wait for the table's own transition."""

_SHOWN_UPDATING: Final = (
    "ProvisionedThroughput",
    "BillingMode",
    "TableClass",
    "StreamSpecification",
)
"""Changes that the answer shows as TableStatus UPDATING."""

_NOTHING_TO_DO: Final = (
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
    "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, "
    "ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, "
    "WarmThroughput or TableClass is required"
)


async def update_table(database: Database, payload: Payload) -> Body:
    """Change a table's settings, or create, change or delete its global secondary indexes."""
    refuse_members(payload, UNAVAILABLE)
    changed = _changed_members(payload)
    index_changes = checked_changes(payload)
    vector_changes = checked_vector_changes(payload)
    _check_combination(payload, changed, [*index_changes, *vector_changes])
    view_type = check_at_update(payload.get("StreamSpecification"))
    specification = payload.get("SSESpecification")
    check_specification(specification)
    name = database.names.table_name(payload["TableName"])
    update = _Update(database, payload, index_changes, vector_changes, view_type)
    if specification is not None:
        table, encryption = await change_encryption(
            database, name, specification, update.check_state
        )
        return await _described(database, table, update.now, encryption)

    reserved = {}
    if _RESERVING.intersection(changed):
        reserved = await reserved_by_account(database.store)

    def decide(draft: StreamDraft) -> tuple[Table, Table]:
        table = draft.catalog.existing(name)
        update.check_state(table)
        after = update.applied(table, draft.catalog)
        if _RESERVING.intersection(changed):
            database.quotas.check_account(after, reserved)
        after = update.with_stream(after, draft)
        if after != table:
            draft.catalog.put(after)
        return table, after

    before, after = await change_table(database, name, decide, enabling=view_type is not None)
    if index_changes or vector_changes:
        database.wake_workers()
    encryption = await encryption_of(database, after)
    shown = _shown(before, after, changed, index_changes)
    shown = _with_vectors_shown(shown, before, after, vector_changes)
    if payload.get("OnDemandThroughput") is not None:
        maxima = with_maxima(shown.settings, payload["OnDemandThroughput"])
        shown = replace(shown, settings=maxima)
    return await _described(database, shown, update.now, encryption)


async def _described(
    database: Database, shown: Table, now: float, encryption: ShownEncryption | None
) -> Body:
    figures, _ = await read_figures(database.engine, shown.id)
    return {"TableDescription": table_description(shown, database.names, now, figures, encryption)}


def _changed_members(payload: Payload) -> list[str]:
    changed = [member for member in _CHANGES if payload.get(member) is not None]
    if not [member for member in changed if payload[member] != []]:
        raise ValidationException(_NOTHING_TO_DO)
    if payload.get("GlobalSecondaryIndexUpdates") == []:
        raise ValidationException(f"{INVALID}List of GlobalSecondaryIndexUpdates is empty")
    if payload.get("VectorIndexUpdates") == []:
        raise ValidationException(f"{INVALID}List of VectorIndexUpdates is empty")
    return changed


def _check_combination(
    payload: Payload, changed: Sequence[str], index_changes: Sequence[IndexChange]
) -> None:
    online = [change.action for change in index_changes if change.action != "Update"]
    if len(online) > 1:
        raise LimitExceededException(ONE_AT_A_TIME)
    for member, subject in _ALONE.items():
        if member in changed and len(changed) > 1:
            raise ValidationException(
                f"{INVALID}{subject} must be the only operation in the request"
            )
    if "WarmThroughput" in changed and len(changed) > 1:
        if "Create" in online:
            raise ValidationException(
                f"{INVALID}Create global secondary index cannot be specified when updating "
                "WarmThroughput"
            )
        raise ValidationException(
            f"{INVALID}WarmThroughput must be the only operation in the request"
        )
    if "OnDemandThroughput" in changed and set(changed) - {"OnDemandThroughput", "BillingMode"}:
        raise ValidationException(
            f"{INVALID}OnDemandThroughput can only be combined with BillingMode in an UpdateTable "
            "request"
        )
    units = payload.get("ProvisionedThroughput") is not None
    stream = payload.get("StreamSpecification") is not None
    if units and stream:
        raise ValidationException(
            f"{INVALID}You cannot modify stream status while updating table IOPS"
        )
    if online and (units or stream):
        doing = "updating table IOPS" if units else "changing stream status"
        raise ValidationException(f"{INVALID}You cannot create or delete index while {doing}")
    mode = payload.get("BillingMode")
    if mode == PAY_PER_REQUEST and units:
        raise _no_units_on_demand()
    if mode == PROVISIONED and not units:
        raise ValidationException(
            f"{INVALID}ProvisionedThroughput must be specified when BillingMode is PROVISIONED"
        )


def _no_units_on_demand() -> ValidationException:
    return ValidationException(
        f"{INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
        "BillingMode is PAY_PER_REQUEST"
    )


class _Update:
    """What one request makes of a table. Pure: a commit may apply it more than once."""

    def __init__(
        self,
        database: Database,
        payload: Payload,
        index_changes: Sequence[IndexChange],
        vector_changes: Sequence[IndexChange],
        view_type: str | None,
    ) -> None:
        self._view_type = view_type
        self._vector_changes = vector_changes
        self.now = round(database.clock.now(), 3)
        self._payload = payload
        self._index_changes = index_changes
        self._quotas = database.quotas
        self._seconds = database.transition_seconds

    def _transition(self, status: str) -> Transition | None:
        return Transition(status, self.now + self._seconds) if self._seconds else None

    def check_state(self, table: Table) -> None:
        """Refuse a table that comes, goes, or is changed in the same respect already."""
        status = table.status(self.now)
        for state, word in ((CREATING, "created"), (DELETING, "deleted")):
            if status == state:
                raise ResourceInUseException(f"{IN_USE}Table is being {word}: {table.name}")
        own = replace(table, indexes=(), vector_indexes=()).status(self.now)
        units = any(
            self._payload.get(member) is not None
            for member in ("ProvisionedThroughput", "BillingMode")
        )
        if own == UPDATING and units:
            raise ResourceInUseException(
                f"{IN_USE}Table IOPS are currently being updated. Table: {table.name}"
            )
        if own == UPDATING and any(map(self._payload.get, _NOT_WHILE_UPDATING)):
            raise ResourceInUseException(f"{IN_USE}Table is being updated: {table.name}")
        dying = [index.name for index in table.all_indexes if index.status(self.now) == DELETING]
        if dying and units:
            raise ResourceInUseException(
                f"{IN_USE}Can't change table IOPS when an index is being deleted. "
                f"Table: {table.name} Indexes: [{', '.join(dying)}]"
            )
        check_order(table, (*self._index_changes, *self._vector_changes), self.now)

    def applied(self, table: Table, draft: CatalogDraft) -> Table:
        """The table after the request; notes in `draft` what is left to background work."""
        before = table
        table = self._with_capacity(table)
        for change in self._index_changes:
            if change.action == "Create":
                table = with_index_created(
                    table,
                    change,
                    self._payload["AttributeDefinitions"],
                    self._quotas,
                    draft.new_id(),
                    self._transition(CREATING),
                )
            elif change.action == "Delete":
                table = self._without_index(table, change, draft)
            else:
                table = with_index_updated(
                    table,
                    change,
                    self._quotas,
                    self.now,
                    self._transition(UPDATING),
                    switched=before.billing_mode != table.billing_mode,
                )
        for change in self._vector_changes:
            if change.action == "Create":
                definitions = self._payload.get("AttributeDefinitions") or ()
                table = with_vector_index_created(
                    table, change, definitions, draft.new_id(), self._transition(CREATING)
                )
            else:
                index = deletable_vector_index(table, change, self.now)
                table = self._without(table, index, draft)
        return self._with_settings(table)

    def with_stream(self, table: Table, draft: StreamDraft) -> Table:
        """The table after what the request says of its stream."""
        if self._payload.get("StreamSpecification") is None:
            return table
        ready_at = self.now + self._seconds
        changed = with_stream(draft, table, self._view_type, self.now, ready_at)
        return replace(changed, transition=self._transition(UPDATING))

    def _without_index(self, table: Table, change: IndexChange, draft: CatalogDraft) -> Table:
        return self._without(table, check_index_deletable(table, change, self.now), draft)

    def _without(self, table: Table, index: IndexT, draft: CatalogDraft) -> Table:
        deleting = self._transition(DELETING)
        if deleting is not None:
            return table.with_index(replace(index, backfilling=False, transition=deleting))
        draft.purge(table.id, index.id)
        draft.values[backfill_key(table.id, index.id)] = None
        return without_index(table, index)

    def _with_capacity(self, table: Table) -> Table:
        mode = self._payload.get("BillingMode") or table.billing_mode
        given: dict[str, Any] | None = self._payload.get("ProvisionedThroughput")
        if given is not None:
            if mode == PAY_PER_REQUEST:
                raise _no_units_on_demand()
            check_capacity(given, self._quotas)
        if mode == table.billing_mode:
            if given is None:
                return table
            settings = changed_capacity(table.settings, given, self.now)
        else:
            table = self._switched(table, mode)
            settings = table.settings
            if given is not None:
                units = {**settings.get("ProvisionedThroughput", {}), **given}
                settings = raised_warm({**settings, "ProvisionedThroughput": units})
            else:
                settings = {**settings, "LastUpdateToPayPerRequestDateTime": self.now}
        return replace(table, settings=settings, transition=self._transition(UPDATING))

    def _switched(self, table: Table, mode: str) -> Table:
        if mode == PROVISIONED:
            if table.vector_indexes:
                raise ValidationException(ONLY_ON_DEMAND)
            updated = {
                change.name
                for change in self._index_changes
                if change.action == "Update" and change.member.get("ProvisionedThroughput")
            }
            for index in table.indexes:
                if not index.local and index.name not in updated:
                    raise ValidationException(
                        f"{INVALID}ProvisionedThroughput must be specified for index: {index.name}"
                    )

        def switched(index: Index) -> Index:
            if index.local:
                return index
            return replace(index, settings=switched_settings(index.settings, table.billing_mode))

        return replace(
            table,
            billing_mode=mode,
            settings=switched_settings(table.settings, table.billing_mode),
            indexes=tuple(map(switched, table.indexes)),
        )

    def _with_settings(self, table: Table) -> Table:
        payload, settings = self._payload, table.settings
        on_demand, warm = payload.get("OnDemandThroughput"), payload.get("WarmThroughput")
        if on_demand is not None:
            check_on_demand(on_demand, table.billing_mode, self._quotas, at_update=True)
            settings = changed_on_demand(settings, on_demand)
        if warm is not None:
            check_warm_increase(warm, settings, table.billing_mode, self._quotas)
            settings = changed_warm(settings, warm, table.billing_mode)
        table = replace(table, settings=settings)
        protection = payload.get("DeletionProtectionEnabled")
        if protection is not None:
            table = replace(table, deletion_protection=protection)
        table_class = payload.get("TableClass")
        current = settings.get("TableClassSummary", {"TableClass": "STANDARD"})
        if table_class is not None and table_class != current["TableClass"]:
            summary = {"TableClass": table_class, "LastUpdateDateTime": self.now}
            table = replace(
                table,
                settings={**settings, "TableClassSummary": summary},
                transition=self._transition(UPDATING),
            )
        return table


def _shown(
    before: Table, after: Table, changed: Sequence[str], index_changes: Sequence[IndexChange]
) -> Table:
    """The table as the answer shows it: changes going on, new units not in force yet."""
    shown = after
    for change in index_changes:
        old, new = before.index(change.name), after.index(change.name)
        if change.action == "Delete" and old is not None:
            gone = replace(old, backfilling=False, transition=Transition(DELETING, math.inf))
            at = [index.id for index in before.indexes].index(old.id)
            others = [index for index in shown.indexes if index.id != old.id]
            shown = replace(shown, indexes=(*others[:at], gone, *others[at:]))
        elif change.action == "Create" and new is not None:
            # Nothing is read from the table yet.
            allocated = replace(new, backfilling=False, transition=Transition(CREATING, math.inf))
            shown = shown.with_index(allocated)
        elif change.action == "Update" and new is not None:
            settings = new.settings
            if old is not None and before.billing_mode == after.billing_mode:
                settings = _with_units_of(settings, old.settings)
            updating = Transition(UPDATING, math.inf)
            shown = shown.with_index(replace(new, settings=settings, transition=updating))
    if any(member in changed for member in _SHOWN_UPDATING):
        shown = replace(shown, transition=Transition(UPDATING, math.inf))
    if before.billing_mode == after.billing_mode:
        shown = replace(shown, settings=_with_units_of(shown.settings, before.settings))
    return shown


def _with_vectors_shown(
    shown: Table, before: Table, after: Table, changes: Sequence[IndexChange]
) -> Table:
    """The same of vector indexes."""
    for change in changes:
        old, new = before.vector_index(change.name), after.vector_index(change.name)
        if change.action == "Delete" and old is not None:
            gone = replace(old, backfilling=False, transition=Transition(DELETING, math.inf))
            vectors = tuple(gone if each.id == old.id else each for each in before.vector_indexes)
            shown = replace(shown, vector_indexes=vectors)
        elif new is not None:
            allocated = replace(new, backfilling=False, transition=Transition(CREATING, math.inf))
            shown = shown.with_index(allocated)
    return shown


def _with_units_of(settings: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    if "ProvisionedThroughput" not in old:
        return settings
    return {**settings, "ProvisionedThroughput": old["ProvisionedThroughput"]}
