"""CreateTable."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from jedlik.base.errors import ResourceInUseException, ValidationException
from jedlik.gateway.operation import Body, Payload
from jedlik.kernel.keyspaces import tags_key
from jedlik.services.dynamodb.attachments import tags as tagging
from jedlik.services.dynamodb.attachments.resource_policies import (
    attach,
    checked_text,
    first_policy,
)
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.resources import Tags
from jedlik.services.dynamodb.encryption import table_encryption
from jedlik.services.dynamodb.operations.tables.stream_specification import check_at_creation
from jedlik.services.dynamodb.replication.membership import put as put_members
from jedlik.services.dynamodb.sealing.key_ring import KeyRing
from jedlik.services.dynamodb.streams.streams import StreamDraft, change_table
from jedlik.services.dynamodb.tables.definitions import (
    attribute_kinds,
    check_projected_attributes,
    table_definition,
)
from jedlik.services.dynamodb.tables.descriptions import table_description
from jedlik.services.dynamodb.tables.model import (
    CREATING,
    PAY_PER_REQUEST,
    PROVISIONED,
    Table,
    Transition,
)
from jedlik.services.dynamodb.tables.quotas import Quotas, reserved_by_account
from jedlik.services.dynamodb.tables.replicas import Replication
from jedlik.services.dynamodb.tables.throughput.on_demand import check_on_demand
from jedlik.services.dynamodb.tables.throughput.provisioned import check_capacity
from jedlik.services.dynamodb.tables.throughput.settings import initial_settings
from jedlik.services.dynamodb.tables.throughput.warm import check_warm
from jedlik.services.dynamodb.tables.unavailable import refuse_members
from jedlik.services.dynamodb.tables.waiting import IN_USE
from jedlik.services.dynamodb.vectors.definitions import check_names as check_vector_names
from jedlik.services.dynamodb.vectors.definitions import (
    check_vector_indexes,
    search_schema_names,
    vector_index,
)

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import CreateTableInput

UNAVAILABLE: Final = (
    "GlobalTableSourceArn",
    "GlobalTableSettingsReplicationMode",
)


async def create_table(
    database: Database, payload: CreateTableInput, replication: Replication | None = None
) -> Body:
    """Create a table with everything that belongs to it; the answer's status is CREATING.

    With `replication` it is a replica that another region has requested, and will fill.
    """
    table, tags = new_table(database, payload)
    view_type = check_at_creation(payload.get("StreamSpecification"))
    data_key = await table_encryption.new_data_key(
        database, payload.get("SSESpecification"), table.name
    )
    policy = None
    if payload.get("ResourcePolicy") is not None:
        policy = first_policy(checked_text(payload["ResourcePolicy"]), database.clock.now())

    reserved = {}
    if table.billing_mode == PROVISIONED:
        reserved = await reserved_by_account(database.store)

    def decide(stream_draft: StreamDraft) -> tuple[Table, KeyRing | None]:
        draft = stream_draft.catalog
        existing = draft.table(table.name)
        if existing is not None and existing.filling:
            raise ResourceInUseException(f"{IN_USE}Table is being used: {table.name}")
        if existing is not None and existing.status(table.created_at) == CREATING:
            raise ResourceInUseException(f"{IN_USE}Table is being created: {table.name}")
        if existing is not None:
            raise ResourceInUseException(f"Table already exists: {table.name}")
        database.quotas.check_account(table, reserved)
        created, ring = table_encryption.with_ids(draft, table, data_key)
        if view_type is not None:
            created = stream_draft.enable(created, view_type)
        if replication is not None:
            replicating = replace(replication, log=draft.new_id())
            created = put_members(draft, created, replicating, table.created_at)
        draft.put(created)
        if tags:
            draft.values[tags_key(created.id)] = tagging.encode(tags)
        if policy is not None:
            attach(stream_draft, created.id, policy)
        return created, ring

    created, ring = await change_table(database, table.name, decide, enabling=view_type is not None)
    return {"TableDescription": _answer(database, created, ring)}


def _answer(database: Database, table: Table, ring: KeyRing | None) -> dict[str, Any]:
    creating = Transition(CREATING, math.inf)
    shown = replace(table, transition=creating)
    shown = shown.map_indexes(lambda index: replace(index, transition=creating))
    encryption = table_encryption.shown(database.arns, ring)
    answer = table_description(shown, database.arns, table.created_at, encryption=encryption)
    for index in answer.get("GlobalSecondaryIndexes", ()):
        index.pop("WarmThroughput", None)
    return answer


def new_table(database: Database, payload: Payload) -> tuple[Table, Tags]:
    """The table that the request describes, still without ids, and its tags."""
    refuse_members(payload, UNAVAILABLE)
    quotas = database.quotas
    billing_mode: str = payload.get("BillingMode") or PROVISIONED
    _check_throughput(payload, billing_mode, quotas)
    vectors: list[dict[str, Any]] | None = payload.get("VectorIndexes")
    check_vector_indexes(vectors, attribute_kinds(payload["AttributeDefinitions"]), billing_mode)
    searched = None if vectors is None else search_schema_names(vectors)
    definition = table_definition(payload, billing_mode, quotas, searched)
    check_vector_names(vectors or (), (index.name for index in definition.indexes))
    vector_indexes = tuple(
        vector_index(member, definition.attribute_kinds) for member in vectors or ()
    )
    check_projected_attributes((*definition.indexes, *vector_indexes))
    table_encryption.check_specification(payload.get("SSESpecification"))
    tags = tagging.checked(payload.get("Tags") or ())
    now = round(database.clock.now(), 3)
    settings = initial_settings(payload)
    if billing_mode == PAY_PER_REQUEST:
        settings["LastUpdateToPayPerRequestDateTime"] = now
    if payload.get("TableClass") is not None:
        settings["TableClassSummary"] = {"TableClass": payload["TableClass"]}
    seconds = database.transition_seconds
    transition = Transition(CREATING, now + seconds) if seconds else None
    table = Table(
        id=0,
        uuid=database.ids.uuid(),
        name=database.arns.table_name(payload["TableName"]),
        created_at=now,
        schema=definition.schema,
        attribute_kinds=definition.attribute_kinds,
        indexes=definition.indexes,
        vector_indexes=vector_indexes,
        billing_mode=billing_mode,
        deletion_protection=bool(payload.get("DeletionProtectionEnabled")),
        settings=settings,
        transition=transition,
    )
    return table.map_indexes(lambda index: replace(index, transition=transition)), tags


def _check_throughput(payload: Payload, billing_mode: str, quotas: Quotas) -> None:
    provisioned = payload.get("ProvisionedThroughput")
    if billing_mode == PAY_PER_REQUEST:
        if provisioned is not None:
            raise ValidationException.of_values(
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                "BillingMode is PAY_PER_REQUEST"
            )
    elif provisioned is None:
        raise ValidationException.of_values(
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when "
            "BillingMode is PROVISIONED"
        )
    else:
        check_capacity(provisioned, quotas)
    check_on_demand(payload.get("OnDemandThroughput"), billing_mode, quotas)
    check_warm(payload.get("WarmThroughput"), billing_mode, provisioned, quotas)
