"""The changes of a table by one UpdateTable request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from jedlik.base.errors import LimitExceededException, ValidationException
from jedlik.gateway.operation import Payload
from jedlik.kernel.keyspaces import backfill_key
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.operations.global_tables.protection import PROTECTION, with_protection
from jedlik.services.dynamodb.operations.global_tables.settings_mode import (
    SETTINGS_MODE,
    with_settings_mode,
)
from jedlik.services.dynamodb.operations.tables.stream_specification import (
    check_stream_stays,
    with_stream,
)
from jedlik.services.dynamodb.operations.tables.update_combination import no_units_on_demand
from jedlik.services.dynamodb.replication.membership import check_member_changeable
from jedlik.services.dynamodb.streams.streams import StreamDraft
from jedlik.services.dynamodb.tables.class_changes import (
    CLASS_CHANGES,
    LIMITED,
    class_is_kept,
    recent_class_changes,
)
from jedlik.services.dynamodb.tables.in_use import check_changeable, check_exists
from jedlik.services.dynamodb.tables.index_changes import (
    IndexChange,
    check_index_deletable,
    check_order,
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
from jedlik.services.dynamodb.tables.throughput.on_demand import changed_on_demand, check_on_demand
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
    deletable_vector_index,
    with_vector_index_created,
)
from jedlik.services.dynamodb.vectors.definitions import ONLY_ON_DEMAND

_TO_ON_DEMAND_AT: Final = "LastUpdateToPayPerRequestDateTime"


class TableUpdate:
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
        if class_is_kept(table, self.now):
            raise LimitExceededException(f"Subscriber limit exceeded: {LIMITED}.")
        summary = settings.get("TableClassSummary")
        if table_class == (summary or {"TableClass": "STANDARD"})["TableClass"]:
            return table
        changed = {"TableClass": table_class, "LastUpdateDateTime": self._over_at}
        return replace(
            table,
            settings={
                **settings,
                "TableClassSummary": changed,
                CLASS_CHANGES: [*recent_class_changes(table, self.now), self.now],
            },
            transition=self._transition(UPDATING, TABLE_CLASS, {"TableClassSummary": summary}),
        )
