"""Key schemas, attribute definitions, projections and indexes, from the wire to the model.

The checks come in the service's order: attribute definitions against all key schemas first, then
local indexes one by one, then global ones. Rules: API reference, "CreateTable", "KeySchemaElement",
"Projection"; developer guide, "Local secondary indexes", "Global secondary indexes" (keys of
several attributes) and "Quotas".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from jedlik.base.errors import ValidationException
from jedlik.base.limits import (
    MAX_EXAMINED_PARTS,
    MAX_GLOBAL_INDEXES,
    MAX_INDEX_KEY_ATTRIBUTES,
    MAX_LOCAL_INDEXES,
    MAX_PROJECTED_ATTRIBUTES,
)
from jedlik.services.dynamodb.tables.key_schema import KeyAttribute, KeySchema
from jedlik.services.dynamodb.tables.model import INCLUDE, PROVISIONED, AnyIndex, Index, Projection
from jedlik.services.dynamodb.tables.quotas import Quotas
from jedlik.services.dynamodb.tables.throughput.on_demand import check_on_demand
from jedlik.services.dynamodb.tables.throughput.provisioned import check_capacity
from jedlik.services.dynamodb.tables.throughput.settings import initial_settings
from jedlik.services.dynamodb.tables.throughput.warm import check_warm
from jedlik.validation.java import hash_order, sized_hash_order

Member = Mapping[str, Any]
"""A structure of the request, in wire form."""

HASH, RANGE = "HASH", "RANGE"
UNNUMBERED = 0
"""The id of an index that has none yet."""

_SAME_NAME = "Both the Hash Key and the Range Key element in the KeySchema have the same name"
_FIRST = "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"
_SECOND = "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"


class Definition(NamedTuple):
    """What a CreateTable request defines."""

    schema: KeySchema
    attribute_kinds: dict[str, str]
    indexes: tuple[Index, ...]


def table_definition(
    payload: Member, billing_mode: str, quotas: Quotas, searched: Sequence[str] | None = None
) -> Definition:
    """The table and secondary indexes of a request with AttributeDefinitions, KeySchema and index
    members. `searched` are the attributes that vector indexes use; None: there are none.

    Raises ValidationException, or LimitExceededException for too much throughput.
    """
    definitions: list[Member] = payload["AttributeDefinitions"]
    keys: list[Member] = payload["KeySchema"]
    local: list[Member] | None = payload.get("LocalSecondaryIndexes")
    global_: list[Member] | None = payload.get("GlobalSecondaryIndexes")
    kinds = attribute_kinds(definitions)
    indexed = local is not None or global_ is not None or searched is not None
    _check_table_keys(keys, kinds, indexed=indexed)
    for name, listed in (("LocalSecondaryIndexes", local), ("GlobalSecondaryIndexes", global_)):
        if listed is not None and not listed:
            raise ValidationException.of_values(f"List of {name} is empty")
    if local and len(keys) < 2:
        raise ValidationException.of_values(
            "Table KeySchema does not have a range key, which is required when "
            "specifying a LocalSecondaryIndex"
        )
    if indexed:
        _check_definitions_used(keys, [*(local or ()), *(global_ or ())], searched or (), kinds)
    names: set[str] = set()
    if local:
        _check_local_indexes(local, keys, names)
    if global_:
        _check_global_indexes(global_, billing_mode, quotas, names)
    schema = key_schema(keys, kinds)
    indexes = [local_index(member, kinds) for member in local or ()]
    indexes += [global_index(member, kinds) for member in global_ or ()]
    check_projected_attributes(indexes)
    return Definition(schema, kinds, tuple(indexes))


def attribute_kinds(definitions: Iterable[Member]) -> dict[str, str]:
    """AttributeDefinitions as names and types; of far more than keys can use, which are refused,
    only the first. Raises ValidationException for a repeated name."""
    kinds: dict[str, str] = {}
    for definition in islice(definitions, MAX_EXAMINED_PARTS):
        name = definition["AttributeName"]
        if name in kinds:
            raise ValidationException(f"Attribute Name is duplicated: {name}")
        kinds[name] = definition["AttributeType"]
    return kinds


def key_schema(keys: Sequence[Member], kinds: dict[str, str]) -> KeySchema:
    """The model of a checked KeySchema."""

    def attributes(key_type: str) -> tuple[KeyAttribute, ...]:
        return tuple(
            KeyAttribute(key["AttributeName"], kinds[key["AttributeName"]])
            for key in keys
            if key["KeyType"] == key_type
        )

    return KeySchema(attributes(HASH), attributes(RANGE))


def local_index(member: Member, kinds: dict[str, str]) -> Index:
    """The model of a checked LocalSecondaryIndex."""
    return Index(
        id=UNNUMBERED,
        name=member["IndexName"],
        local=True,
        schema=key_schema(member["KeySchema"], kinds),
        projection=index_projection(member),
    )


def global_index(member: Member, kinds: dict[str, str]) -> Index:
    """The model of a checked GlobalSecondaryIndex."""
    return Index(
        id=UNNUMBERED,
        name=member["IndexName"],
        local=False,
        schema=key_schema(member["KeySchema"], kinds),
        projection=index_projection(member),
        settings=initial_settings(member),
    )


def index_projection(member: Member) -> Projection:
    """The model of a checked Projection."""
    projection = member["Projection"]
    return Projection(projection["ProjectionType"], tuple(projection.get("NonKeyAttributes") or ()))


def _names(keys: Iterable[Member]) -> list[str]:
    return [key["AttributeName"] for key in keys]


def _check_table_keys(keys: Sequence[Member], kinds: dict[str, str], *, indexed: bool) -> None:
    """The rules for a table's KeySchema. Definitions are counted before they are examined."""
    if not indexed and len(kinds) < len(keys):
        raise ValidationException("Invalid KeySchema: Some index key attribute have no definition")
    check_two_keys(keys)
    if not indexed and len(kinds) > len(keys):
        raise ValidationException.of_values(
            "Number of attributes in KeySchema does not exactly match number of "
            "attributes defined in AttributeDefinitions"
        )
    if not indexed:
        check_defined(keys, kinds)


def check_two_keys(keys: Sequence[Member]) -> None:
    """The rules for a table's and a local index's KeySchema: HASH, or HASH and RANGE."""
    if len(keys) > 1 and keys[0]["AttributeName"] == keys[1]["AttributeName"]:
        raise ValidationException(_SAME_NAME)
    if keys[0]["KeyType"] != HASH:
        raise ValidationException(_FIRST)
    if len(keys) > 1 and keys[1]["KeyType"] != RANGE:
        raise ValidationException(_SECOND)


def check_global_keys(keys: Sequence[Member]) -> None:
    """The rules for a global index's KeySchema: up to four HASH, then up to four RANGE."""
    names = _names(keys)
    if len(set(names)) < len(names):
        pair = [key["KeyType"] for key in keys] == [HASH, RANGE]
        raise ValidationException(
            _SAME_NAME
            if pair
            else "The KeySchema contains multiple key attributes with the same name"
        )
    if keys[0]["KeyType"] != HASH:
        raise ValidationException(_FIRST)
    types = [key["KeyType"] for key in keys]
    if types != sorted(types):
        raise ValidationException.of_values(
            "All HASH key attributes must precede RANGE key attributes in the KeySchema"
        )
    for key_type in (HASH, RANGE):
        if types.count(key_type) > MAX_INDEX_KEY_ATTRIBUTES:
            raise ValidationException.of_values(
                f"The KeySchema exceeds the maximum allowed number of {key_type} key attributes"
            )


assert sorted((RANGE, HASH)) == [HASH, RANGE], "key types sort as they have to stand"


def check_defined(keys: Sequence[Member], kinds: dict[str, str]) -> None:
    """Refuse index keys that AttributeDefinitions do not define."""
    names = _names(keys)
    if any(name not in kinds for name in names):
        raise ValidationException.of_values(
            f"Some index key attributes are not defined in AttributeDefinitions. "
            f"Keys: [{', '.join(names)}], AttributeDefinitions: [{_listed(kinds)}]"
        )


def _check_definitions_used(
    keys: Sequence[Member],
    indexes: Sequence[Member],
    searched: Sequence[str],
    kinds: dict[str, str],
) -> None:
    used = dict.fromkeys((*_names(keys), *searched))
    check_defined(keys, kinds)
    for index in indexes:
        check_defined(index["KeySchema"], kinds)
        used.update(dict.fromkeys(_names(index["KeySchema"])))
    if len(used) != len(kinds):
        raise ValidationException.of_values(
            f"Some AttributeDefinitions are not used. AttributeDefinitions: "
            f"[{_listed(kinds)}], keys used: [{', '.join(hash_order(used))}]"
        )


def _listed(kinds: dict[str, str]) -> str:
    return ", ".join(sized_hash_order(kinds))


def _check_local_indexes(
    indexes: Sequence[Member], table_keys: Sequence[Member], names: set[str]
) -> None:
    table_hash = table_keys[0]["AttributeName"]
    for index in indexes:
        name, keys = index["IndexName"], index["KeySchema"]
        check_two_keys(keys)
        if len(keys) < 2:
            raise ValidationException.of_values(
                f"Index KeySchema does not have a range key for index: {name}"
            )
        index_hash = keys[0]["AttributeName"]
        if index_hash != table_hash:
            raise ValidationException.of_values(
                f"Index KeySchema does not have the same leading hash key as table "
                f"KeySchema for index: {name}. index hash key: {index_hash}, table hash key: "
                f"{table_hash}"
            )
        check_projection(index["Projection"])
        _note_name(name, names)
    if len(indexes) > MAX_LOCAL_INDEXES:
        raise ValidationException.of_values(
            f"Number of LocalSecondaryIndexes exceeds per-table limit of {MAX_LOCAL_INDEXES}"
        )


def _check_global_indexes(
    indexes: Sequence[Member], billing_mode: str, quotas: Quotas, names: set[str]
) -> None:
    for index in indexes:
        check_global_keys(index["KeySchema"])
        check_projection(index["Projection"])
        _note_name(index["IndexName"], names)
    if len(indexes) > MAX_GLOBAL_INDEXES:
        raise ValidationException.of_values(
            f"GlobalSecondaryIndex count exceeds the per-table limit of {MAX_GLOBAL_INDEXES}"
        )
    for index in indexes:
        check_index_throughput(index, billing_mode, quotas, _AT_CREATION)


def _note_name(name: str, names: set[str]) -> None:
    if name in names:
        raise ValidationException.of_values(f"Duplicate index name: {name}")
    names.add(name)


def check_projection(projection: Member) -> None:
    """The rules for one index's Projection."""
    kind = projection.get("ProjectionType")
    attributes = projection.get("NonKeyAttributes")
    if kind is None:
        raise ValidationException.of_values("Unknown ProjectionType: null")
    if kind != INCLUDE and attributes is not None:
        raise ValidationException.of_values(
            f"ProjectionType is {kind}, but NonKeyAttributes is specified"
        )
    if kind == INCLUDE and attributes is None:
        raise ValidationException.of_values(
            f"ProjectionType is {kind}, but NonKeyAttributes is not specified"
        )
    seen: set[str] = set()
    for attribute in attributes or ():
        if attribute in seen:
            raise ValidationException.of_values(
                f"Duplicate element in NonKeyAttributes: {attribute}"
            )
        seen.add(attribute)


def check_projected_attributes(indexes: Iterable[AnyIndex]) -> None:
    """Refuse more projected attributes over all indexes than a table may have."""
    count = sum(index.projected_count for index in indexes)
    if count > MAX_PROJECTED_ATTRIBUTES:
        raise ValidationException.of_values(
            f"Number of projected attributes in all indexes exceeds limit of "
            f"{MAX_PROJECTED_ATTRIBUTES}, number of projected attributes:{count}"
        )


class ThroughputTexts(NamedTuple):
    """CreateTable and UpdateTable word the same two rules differently."""

    missing: Callable[[str], str]
    forbidden: Callable[[str], str]


_AT_CREATION = ThroughputTexts(
    missing=lambda index: f"ProvisionedThroughput is not specified for index: {index}",
    forbidden=lambda index: (
        f"ProvisionedThroughput should not be specified for index: {index} when BillingMode is "
        "PAY_PER_REQUEST"
    ),
)

AT_UPDATE = ThroughputTexts(
    missing=lambda index: (
        f"Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: {index}"
    ),
    forbidden=lambda index: (
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: "
        f"{index} when BillingMode is PAY_PER_REQUEST"
    ),
)


def check_index_throughput(
    index: Member, billing_mode: str, quotas: Quotas, texts: ThroughputTexts
) -> None:
    """The rules for a new global index's throughput members under the table's billing mode."""
    name = index["IndexName"]
    provisioned = index.get("ProvisionedThroughput")
    if billing_mode == PROVISIONED:
        if provisioned is None:
            raise ValidationException.of_values(texts.missing(name))
        check_capacity(provisioned, quotas, name)
    elif provisioned is not None:
        raise ValidationException.of_values(texts.forbidden(name))
    check_on_demand(index.get("OnDemandThroughput"), billing_mode, quotas, name)
    check_warm(index.get("WarmThroughput"), billing_mode, provisioned, quotas, name)
