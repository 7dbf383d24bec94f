"""UpdateTable."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from jedlik.base.errors import LimitExceededException, ValidationException
from jedlik.base.limits import SECONDS_OF_CLASS_CHANGES, TABLE_CLASS_CHANGES
from jedlik.gateway.operation import Body, Payload
from jedlik.kernel.keyspaces import backfill_key
from jedlik.services.dynamodb.encryption.table_encryption import (
    change_encryption,
    check_specification,
    encryption_of,
    is_aws_managed,
    master_of,
)
from jedlik.services.dynamodb.operations.global_tables.protection import (
    PROTECTION,
    with_protection,
)
from jedlik.services.dynamodb.operations.global_tables.settings_mode import (
    SETTINGS_MODE,
    with_settings_mode,
)
from jedlik.services.dynamodb.operations.tables.new_replicated_index import (
    check_new_index,
    scale_new_index,
)
from jedlik.services.dynamodb.operations.tables.replicated_change import (
    CLIENT,
    FOLLOWING,
    SCALING,
    Origin,
    in_all_regions,
)
from jedlik.services.dynamodb.operations.tables.stream_specification import (
    check_at_update,
    check_stream_stays,
    with_stream,
)
from jedlik.services.dynamodb.operations.tables.update_answer import (
    shown_at_update,
    with_vectors_shown,
)
from jedlik.services.dynamodb.operations.tables.update_combination import (
    check_combination,
    no_units_on_demand,
)
from jedlik.services.dynamodb.replication.membership import (
    check_member_changeable,
    share,
    tell_key,
)
from jedlik.services.dynamodb.streams.streams import StreamDraft, change_table
from jedlik.services.dynamodb.tables.catalog import CatalogDraft, table_not_found
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.dynamodb.tables.descriptions import (
    ShownEncryption,
    read_figures,
    table_description,
)
from jedlik.services.dynamodb.tables.in_use import check_changeable, check_exists
from jedlik.services.dynamodb.tables.index_changes import (
    IndexChange,
    check_index_deletable,
    check_order,
    checked_changes,
    has_units,
    with_index_created,
    with_index_updated,
    without_index,
)
from jedlik.services.dynamodb.tables.model import (
    CAPACITY,
    CREATING,
    DELETING,
    PAY_PER_REQUEST,
    PROVISIONED,
    STREAM,
    TABLE_CLASS,
    UPDATING,
    Index,
    IndexT,
    Table,
    Transition,
)
from jedlik.services.dynamodb.tables.quotas import reserved_by_account
from jedlik.services.dynamodb.tables.throughput.on_demand import (
    changed_on_demand,
    check_on_demand,
    with_maxima,
)
from jedlik.services.dynamodb.tables.throughput.provisioned import (
    changed_capacity,
    check_capacity,
    no_units,
    units_before,
)
from jedlik.services.dynamodb.tables.throughput.settings import switched_settings
from jedlik.services.dynamodb.tables.throughput.warm import (
    changed_warm,
    check_warm_increase,
    raised_warm,
    warm_before,
)
from jedlik.services.dynamodb.vectors.changes import (
    checked_vector_changes,
    deletable_vector_index,
    with_vector_index_created,
)
from jedlik.services.dynamodb.vectors.definitions import ONLY_ON_DEMAND

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import UpdateTableInput

_REPLICAS: Final = "jedlik.services.dynamodb.operations.global_tables.replica_updates"
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
    "GlobalTableSettingsReplicationMode",
    PROTECTION,
)
_RESERVING: Final = frozenset(("ProvisionedThroughput", "GlobalSecondaryIndexUpdates"))
"""Changes that may use more of the account's capacity."""

_EMPTIED: Final = ("OnDemandThroughput", "WarmThroughput")
"""Structures that may be without any units."""

_TO_ON_DEMAND_AT: Final = "LastUpdateToPayPerRequestDateTime"
_CLASS_CHANGES: Final = "TableClassChanges"
"""The name, among the settings, of the times of changes of the class; never shown."""

_SHARED_ENCRYPTION: Final = frozenset(("Enabled", "SSEType"))
"""The members of SSESpecification that hold in all regions."""

_CONSISTENCY: Final = "MultiRegionConsistency"
_NOTHING_TO_DO: Final = (
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
    "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, "
    f"ReplicaTransitRoleArn, {_CONSISTENCY}, DeletionProtectionEnabled, OnDemandThroughput, "
    "WarmThroughput or TableClass is required"
)


async def update_table(
    database: Database, payload: UpdateTableInput, *, origin: Origin = CLIENT
) -> Body:
    """Change a table's settings, its replicas, or create, change or delete its global secondary
    indexes. Shared settings change in all replicas."""
    if payload.get("ReplicaUpdates") is not None:
        # Loaded by the first request that needs it: few tables have replicas.
        replicas: Body = await importlib.import_module(_REPLICAS).update_replicas(database, payload)
        return replicas
    changed = _changed_members(payload)
    index_changes = checked_changes(payload)
    vector_changes = checked_vector_changes(payload)
    check_combination(payload, changed, [*index_changes, *vector_changes])
    view_type = check_at_update(payload.get("StreamSpecification"))
    specification = payload.get("SSESpecification")
    check_specification(specification)
    name = database.arns.table_name(payload["TableName"])
    if not changed:
        if await database.catalog.current(name) is None:
            raise table_not_found(name)
        raise _nothing_to_do(payload)
    from_region = origin in FOLLOWING
    update = _Update(
        database, payload, index_changes, vector_changes, view_type, from_region=from_region
    )
    if specification is not None:
        return await _encrypted(database, name, specification, update)

    await check_new_index(database, name, () if from_region else index_changes)
    reserved = {}
    if _RESERVING.intersection(changed):
        reserved = await reserved_by_account(database.store)

    def decide(draft: StreamDraft) -> tuple[Table, Table]:
        table = draft.catalog.existing(name, imported=True)
        update.check_state(table)
        after = update.applied(table, draft.catalog)
        if _RESERVING.intersection(changed):
            database.quotas.check_account(after, reserved)
        after = update.with_stream(after, draft)
        after = in_all_regions(draft.catalog, table, after, payload, changed, update.now, origin)
        kept = after if database.transition_seconds else after.settled()
        if kept != table:
            draft.catalog.put(kept)
        return table, after

    before, after = await change_table(database, name, decide, enabling=view_type is not None)
    if index_changes or vector_changes:
        database.wake_workers()
        await scale_new_index(database, after, index_changes)
    encryption = await encryption_of(database, after)
    shown = shown_at_update(before, after, changed, index_changes, update.now)
    shown = with_vectors_shown(shown, before, after, vector_changes)
    if payload.get("OnDemandThroughput") is not None:
        maxima = with_maxima(shown.settings, payload["OnDemandThroughput"])
        shown = replace(shown, settings=maxima)
    return await _described(database, shown, update.now, encryption)


async def update_scaled_table(database: Database, payload: UpdateTableInput) -> Body:
    """The same for auto scaling, whose changes of read capacity affect only this region."""
    return await update_table(database, payload, origin=SCALING)


async def _encrypted(
    database: Database, name: str, specification: Mapping[str, Any], update: _Update
) -> Body:
    """Encrypt a table according to a specification, and all its replicas likewise. A key of a user
    belongs to one region: see `replica_keys`."""
    if not update.from_region:
        await _check_named_key(database, name, specification)
    shared = {member: specification[member] for member in _SHARED_ENCRYPTION & specification.keys()}

    def follow(draft: CatalogDraft, table: Table) -> Table:
        tell_key(draft, table, update.now)
        if update.from_region:
            return table
        payload = {**update.payload, "SSESpecification": shared}
        return share(draft, table, "UpdateTable", payload, update.now)

    table, changing = await change_encryption(
        database, name, specification, update.check_state, follow
    )
    return await _described(database, table, update.now, changing)


async def _check_named_key(database: Database, name: str, specification: Mapping[str, Any]) -> None:
    """Refuse a user's key for a table with replicas, all of which need a key of their own."""
    table = await database.catalog.current(name)
    if table is None or table.replication is None or not specification.get("KMSMasterKeyId"):
        return
    if not is_aws_managed(await master_of(database, specification)):
        raise ValidationException(
            "Invalid operation: Customer Managed CMKs on Global Table Version 2019.11.21 replicas "
            "cannot be updated through SSESpecification parameter and can only be updated through "
            "ReplicaUpdates parameter"
        )


async def _described(
    database: Database, shown: Table, now: float, encryption: ShownEncryption | None
) -> Body:
    figures, _ = await read_figures(database.engine, shown.id)
    return {"TableDescription": table_description(shown, database.arns, now, figures, encryption)}


def _changed_members(payload: Payload) -> list[str]:
    changed = [member for member in _CHANGES if payload.get(member) is not None]
    for member in _EMPTIED:
        # Without any units the member counts as absent.
        if member in changed and not has_units(payload[member]):
            changed.remove(member)
    if not [member for member in changed if payload[member] != []]:
        if any(payload.get(member) is not None for member in _EMPTIED):
            return []
        raise _nothing_to_do(payload)
    if payload.get("GlobalSecondaryIndexUpdates") == []:
        raise ValidationException.of_values("List of GlobalSecondaryIndexUpdates is empty")
    if payload.get("VectorIndexUpdates") == []:
        raise ValidationException.of_values("List of VectorIndexUpdates is empty")
    return changed


def _nothing_to_do(payload: Payload) -> ValidationException:
    """The error of a request that changes nothing: it lists the missing members."""
    if payload.get(_CONSISTENCY) is None:
        return ValidationException(_NOTHING_TO_DO)
    return ValidationException(_NOTHING_TO_DO.replace(f"{_CONSISTENCY}, ", ""))


class _Update:
    """The changes of a table by one request. Pure: a commit may apply it more than once.

    Every change has its transition, even if it is done immediately: the answer shows it.
    """

    def __init__(
        self,
        database: Database,
        payload: Payload,
        index_changes: Sequence[IndexChange],
        vector_changes: Sequence[IndexChange],
        view_type: str | None,
        *,
        from_region: bool,
    ) -> None:
        self.from_region = from_region
        self._view_type = view_type
        self._vector_changes = vector_changes
        self.now = round(database.clock.now(), 3)
        self.payload = payload
        self._index_changes = index_changes
        self._quotas = database.quotas
        self._seconds = database.transition_seconds
        self._over_at = self.now + self._seconds

    def _transition(
        self, status: str, job: str = "", before: dict[str, Any] | None = None
    ) -> Transition:
        return Transition(status, self._over_at, job, before or {})

    def check_state(self, table: Table) -> None:
        """Refuse a table that is being created, deleted, or changed in a way that excludes this
        change."""
        if not self.from_region:
            check_stream_stays(table, self.payload)
            check_member_changeable(table)
        check_exists(table, self.now)
        self._check_maxima(table)
        changes = (*self._index_changes, *self._vector_changes)
        check_changeable(table, self.payload, changes, self.now)
        check_order(table, changes, self.now)

    def _check_maxima(self, table: Table) -> None:
        """Refuse on-demand maxima for provisioned units, even before a switch to on demand is done:
        the table's state is checked only afterwards, as in the service."""
        maxima = self.payload.get("OnDemandThroughput")
        if maxima is not None:
            mode = self.payload.get("BillingMode") or table.mode_in_force(self.now)
            check_on_demand(maxima, mode, self._quotas, at_update=True)

    def applied(self, table: Table, draft: CatalogDraft) -> Table:
        """The table after the request; notes in `draft` the background work that remains."""
        before = table
        table = self._with_capacity(table)
        for change in self._index_changes:
            if change.action == "Create":
                table = with_index_created(
                    table,
                    change,
                    self.payload["AttributeDefinitions"],
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
                    self._over_at,
                    switched=before.billing_mode != table.billing_mode,
                )
        for change in self._vector_changes:
            if change.action == "Create":
                definitions = self.payload.get("AttributeDefinitions") or ()
                table = with_vector_index_created(
                    table, change, definitions, draft.new_id(), self._transition(CREATING)
                )
            else:
                index = deletable_vector_index(table, change, self.now)
                table = self._without(table, index, draft)
        return self._with_settings(table)

    def with_stream(self, table: Table, draft: StreamDraft) -> Table:
        """The table after the request's change of its stream."""
        if self.payload.get("StreamSpecification") is None:
            return table
        changed = with_stream(draft, table, self._view_type, self.now, self._over_at)
        return replace(changed, transition=self._transition(UPDATING, STREAM))

    def _without_index(self, table: Table, change: IndexChange, draft: CatalogDraft) -> Table:
        return self._without(table, check_index_deletable(table, change, self.now), draft)

    def _without(self, table: Table, index: IndexT, draft: CatalogDraft) -> Table:
        if self._seconds:
            deleting = self._transition(DELETING)
            return table.with_index(replace(index, backfilling=False, transition=deleting))
        draft.purge(table.id, index.id)
        draft.values[backfill_key(table.id, index.id)] = None
        return without_index(table, index)

    def _with_capacity(self, table: Table) -> Table:
        mode = self.payload.get("BillingMode") or table.billing_mode
        given: dict[str, Any] | None = self.payload.get("ProvisionedThroughput")
        if given is not None:
            if mode == PAY_PER_REQUEST:
                raise no_units_on_demand()
            check_capacity(given, self._quotas)
        if mode == table.billing_mode and given is None:
            return table
        before = warm_before(table.settings, table.billing_mode)
        if mode == table.billing_mode and given is not None:
            settings = changed_capacity(table.settings, given, self.now)
            before |= units_before(table.settings, settings)
        else:
            table = self._switched(table, mode)
            settings = table.settings
            if given is not None:
                units = {**settings.get("ProvisionedThroughput", {}), **given}
                settings = raised_warm({**settings, "ProvisionedThroughput": units})
            else:
                before[_TO_ON_DEMAND_AT] = settings.get(_TO_ON_DEMAND_AT)
                settings = {**no_units(settings, self.now), _TO_ON_DEMAND_AT: self._over_at}
        transition = self._transition(UPDATING, CAPACITY, before)
        return replace(table, settings=settings, transition=transition)

    def _switched(self, table: Table, mode: str) -> Table:
        if mode == PROVISIONED:
            if table.vector_indexes:
                raise ValidationException.of_values(ONLY_ON_DEMAND)
            updated = {
                change.name
                for change in self._index_changes
                if change.action == "Update" and change.member.get("ProvisionedThroughput")
            }
            for index in table.indexes:
                if not index.local and index.name not in updated:
                    raise ValidationException.of_values(
                        f"ProvisionedThroughput must be specified for index: {index.name}"
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
        payload, settings = self.payload, table.settings
        on_demand, warm = payload.get("OnDemandThroughput"), payload.get("WarmThroughput")
        if on_demand is not None:
            settings = changed_on_demand(settings, on_demand)
        rising = table.warming
        if warm is not None:
            check_warm_increase(warm, settings, table.billing_mode, self._quotas)
            before = warm_before(settings, table.billing_mode)
            if rising is not None and rising.goes_on(self.now):
                before = rising.before  # a second rise joins the first
            settings = changed_warm(settings, warm, table.billing_mode)
            rising = self._transition(UPDATING, before=before)
        table = replace(table, settings=settings, warming=rising)
        protection = payload.get("DeletionProtectionEnabled")
        if protection is not None:
            table = replace(table, deletion_protection=protection)
        if payload.get(SETTINGS_MODE) is not None:
            table = with_settings_mode(table, payload[SETTINGS_MODE])
        if payload.get(PROTECTION) is not None:
            table = with_protection(table, protected=payload[PROTECTION])
        if payload.get("TableClass") is not None:
            table = self._with_class(table, payload["TableClass"])
        return table

    def _with_class(self, table: Table, table_class: str) -> Table:
        """The table in a class. Raises LimitExceededException once the changes are used up, even if
        nothing would change, as the service does."""
        settings = table.settings
        since = self.now - SECONDS_OF_CLASS_CHANGES
        changes = [moment for moment in settings.get(_CLASS_CHANGES, ()) if moment > since]
        if len(changes) >= TABLE_CLASS_CHANGES:
            raise LimitExceededException(
                "Subscriber limit exceeded: Updates to TableClass are limited to "
                f"{TABLE_CLASS_CHANGES} times in {SECONDS_OF_CLASS_CHANGES // 86400} day(s)."
            )
        summary = settings.get("TableClassSummary")
        if table_class == (summary or {"TableClass": "STANDARD"})["TableClass"]:
            return table
        changed = {"TableClass": table_class, "LastUpdateDateTime": self._over_at}
        return replace(
            table,
            settings={
                **settings,
                "TableClassSummary": changed,
                _CLASS_CHANGES: [*changes, self.now],
            },
            transition=self._transition(UPDATING, TABLE_CLASS, {"TableClassSummary": summary}),
        )
