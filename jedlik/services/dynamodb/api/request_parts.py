"""The values of DynamoDB's condition keys for a request, or for one part of a batch or transaction.

Developer guide, "Using IAM policy conditions for fine-grained access control":

    dynamodb:LeadingKeys              partition keys of the items (of Query, SearchVectors: of what
                                      they read)
    dynamodb:FirstPartitionKeyValues  and Second, Third, Fourth: of keys of several attributes
    dynamodb:Attributes               top-level attributes that are named, keys included
    dynamodb:Select                   what a read returns: SPECIFIC_ATTRIBUTES with a projection
    dynamodb:ReturnValues             NONE unless said otherwise
    dynamodb:ReturnConsumedCapacity   as in the request

A key value that cannot be read, or is longer than any key, is the empty string, which no policy
allows by name: the operation will refuse it, or find nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any, Final

from jedlik.auth.policy.effort import check_number
from jedlik.auth.policy.facts import Values
from jedlik.base.bounded_cache import BoundedCache
from jedlik.base.errors import ServiceError
from jedlik.base.limits import MAX_PARTITION_KEY_SIZE
from jedlik.gateway.operation import Payload
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.expressions.conditions.key_condition import compile_key_condition
from jedlik.services.dynamodb.expressions.conditions.legacy import legacy_key_conditions
from jedlik.services.dynamodb.expressions.parsing.condition_grammar import ConditionGrammar
from jedlik.services.dynamodb.expressions.parsing.projection_grammar import ProjectionGrammar
from jedlik.services.dynamodb.expressions.parsing.syntax import Path
from jedlik.services.dynamodb.expressions.parsing.update_grammar import UpdateGrammar
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.tables.key_schema import KeyAttribute
from jedlik.services.dynamodb.vectors.conditions import SEARCH_CONDITION, compile_search_condition
from jedlik.services.iam.authorization.requests import AuthorizationRequest
from jedlik.values.canonical import canonical_placeholders, canonical_value

UNREADABLE: Final = ""
ORDINALS: Final = ("first", "second", "third", "fourth")
_MAX_TEXT: Final = 4 * -(-MAX_PARTITION_KEY_SIZE // 3)
"""Characters of a key value, in base64 if it is binary. A policy's patterns may take as long as
their own length times that of a text, and a request may have 16 MiB of it."""
_KEYED: Final = {
    "ConditionCheckItem": "Key",
    "DeleteItem": "Key",
    "GetItem": "Key",
    "PutItem": "Item",
    "UpdateItem": "Key",
}
"""The member with the key, by the operation on one item that a part is."""
_WRITES: Final = ("DeleteItem", "PutItem", "UpdateItem", "ConditionCheckItem")
_PROJECTIONS: Final = ("ProjectionExpression", "AttributesToGet")


def text_of(value: Any) -> str:
    """A key value as written in policies."""
    if not isinstance(value, dict):
        return UNREADABLE
    text = value.get("S")
    if type(text) is str and len(value) == 1:
        return text if len(text) <= _MAX_TEXT else UNREADABLE
    copy = dict(value)  # which loses members that are null or unknown, as in the operation
    try:
        canonical_value(copy)
    except ServiceError:
        return UNREADABLE
    ((_, content),) = copy.items()
    return content if isinstance(content, str) and len(content) <= _MAX_TEXT else UNREADABLE


def _items(part: AuthorizationRequest) -> Iterator[Payload]:
    """The items and keys in a part."""
    request = part.request
    if part.kind in _KEYED:
        yield request[_KEYED[part.kind]]
    elif part.kind == "BatchGetItem":
        yield from request["Keys"]
    elif part.kind == "BatchWriteItem":
        for each in request["Requests"]:
            put, delete = each.get("PutRequest"), each.get("DeleteRequest")
            if put is not None:
                yield put["Item"]
            if delete is not None:
                yield delete["Key"]


def leading_keys(part: AuthorizationRequest, position: int = 0) -> Values | None:
    """The values of a partition attribute; None if the part names no partition."""
    table = part.table
    if table is None:
        return None
    if part.kind == "Query":
        return _queried(part, table, position)
    if part.kind == "SearchVectors":
        return _searched(part.request, table) if position == 0 else None
    partition = table.model.schema.partition
    if part.kind == "Scan" or position >= len(partition):
        return None
    name = partition[position].name
    if part.kind in _KEYED:
        return (text_of(part.request[_KEYED[part.kind]].get(name)),)
    found = dict.fromkeys(text_of(item.get(name)) for item in _items(part))
    return tuple(found) or None


def _queried(part: AuthorizationRequest, table: OpenTable, position: int) -> Values | None:
    request = part.request
    partition = partition_of(table, request.get("IndexName"))
    if position >= len(partition):
        return None
    name = partition[position].name
    try:
        text = request.get("KeyConditionExpression")
        if text is None:
            terms = legacy_key_conditions(request.get("KeyConditions") or {}).terms
        else:
            terms = compile_key_condition(text, _placeholders(request)).terms
    except (ServiceError, TypeError, ValueError):
        return (UNREADABLE,)
    operator, operands = terms.get(name, ("", []))
    if operator not in ("=", "EQ") or len(operands) != 1:
        return (UNREADABLE,)
    return (text_of(operands[0]),)


def _searched(request: Payload, table: OpenTable) -> Values | None:
    """The partition of a vector index that is searched; None if the index has no partitions."""
    index = table.vector_index(request["IndexName"])
    if index is None or index.partition is None:
        return None
    try:
        terms = compile_search_condition(request[SEARCH_CONDITION], _placeholders(request))
    except (ServiceError, KeyError, TypeError, ValueError):
        return (UNREADABLE,)
    found = [term.value for term in terms if term.attribute == index.partition.name]
    return (text_of(found[0]) if len(found) == 1 else UNREADABLE,)


def _placeholders(request: Payload) -> Placeholders:
    """The placeholders of a request, with their values unchanged. Raises ServiceError."""
    values = {key: each.copy() for key, each in _mapping(request, _VALUES).items()}
    if values:
        canonical_placeholders(values)
    return Placeholders(request.get("ExpressionAttributeNames"), values or None)


def partition_of(table: OpenTable, index_name: str | None) -> tuple[KeyAttribute, ...]:
    """The partition attributes of a table, or of its index if there is one of that name."""
    index = None if index_name is None else table.index(index_name)
    return (table if index is None else index).model.schema.partition


# --- Attributes -----------------------------------------------------------------------------------

_VALUES: Final = "ExpressionAttributeValues"
_GRAMMARS: Final[dict[str, Callable[[str, str], Any]]] = {
    "ConditionExpression": ConditionGrammar,
    "FilterExpression": ConditionGrammar,
    "KeyConditionExpression": ConditionGrammar,
    "ProjectionExpression": ProjectionGrammar,
    "SearchConditionExpression": ConditionGrammar,
    "UpdateExpression": UpdateGrammar,
}
_LEGACY: Final = ("AttributeUpdates", "Expected", "KeyConditions", "QueryFilter", "ScanFilter")


def attributes(part: AuthorizationRequest) -> Values | None:
    """The attributes that a part names, in no order; None if it names none."""
    request = part.request
    found: dict[str, None] = {}
    for item in _items(part):
        check_number(part, len(found) + len(item))
        found.update(dict.fromkeys(item))
    names = _mapping(request, "ExpressionAttributeNames")
    for member in _GRAMMARS:
        text = request.get(member)
        if text:
            found.update(dict.fromkeys(names.get(name, name) for name in named_in(member, text)))
    for member in _LEGACY:
        found.update(dict.fromkeys(_mapping(request, member)))
    wanted = request.get("AttributesToGet") or ()
    check_number(part, len(wanted))
    found.update(dict.fromkeys(wanted))
    return tuple(found) or None


_NAMED: Final[BoundedCache[tuple[str, str], Values]] = BoundedCache(8 * 1024 * 1024)
"""The attributes that expressions name, by the member and its text."""


def named_in(member: str, text: str) -> Values:
    """The top-level attributes, or placeholders of them, that an expression names."""
    named = _NAMED.get((member, text))
    if named is None:
        named = _names_of(member, text)
        weight = 512 + 4 * (len(text) + sum(map(len, named)))
        _NAMED.put((member, text), named, weight)
    return named


def _names_of(member: str, text: str) -> Values:
    try:
        tree = _GRAMMARS[member](text, member).parse()
    except ServiceError:
        return (UNREADABLE,)
    return tuple(dict.fromkeys(first_parts(tree)))


def first_parts(tree: Any) -> Iterator[str]:
    """The first part of every path in a tree."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Path):
            yield str(node.parts[0])
        elif isinstance(node, list | tuple):
            waiting.extend(node)
        elif is_dataclass(node):
            waiting.extend(getattr(node, each.name) for each in fields(node))


def _mapping(request: Payload, member: str) -> dict[str, Any]:
    value = request.get(member)
    return value if isinstance(value, dict) else {}


# --- The rest -------------------------------------------------------------------------------------


def select(part: AuthorizationRequest) -> Values | None:
    """Which attributes of its items a read returns."""
    if part.kind not in ("GetItem", "BatchGetItem", "Query", "Scan", "SearchVectors"):
        return None
    given = part.request.get("Select")
    if given is not None:
        return (str(given),)
    if any(part.request.get(member) for member in _PROJECTIONS):
        return ("SPECIFIC_ATTRIBUTES",)
    of_index = part.request.get("IndexName") is not None
    return ("ALL_PROJECTED_ATTRIBUTES" if of_index else "ALL_ATTRIBUTES",)


def return_values(part: AuthorizationRequest) -> Values | None:
    """What a write returns of the item before or after, including what it returns if its condition
    fails."""
    if part.kind not in _WRITES:
        return None
    given = {
        str(part.request.get("ReturnValues") or "NONE"),
        str(part.request.get("ReturnValuesOnConditionCheckFailure") or "NONE"),
    }
    return tuple(sorted(given - {"NONE"})) or ("NONE",)


def reported_capacity(part: AuthorizationRequest) -> Values | None:
    """ReturnConsumedCapacity of the whole request."""
    given = part.whole.get("ReturnConsumedCapacity")
    return None if given is None else (str(given),)


def enclosing_operation(part: AuthorizationRequest) -> Values | None:
    """The operation of the whole request, if that is another one."""
    return None if part.enclosing is None else (part.enclosing,)


def _nth(position: int) -> Callable[[AuthorizationRequest], Values | None]:
    return lambda part: leading_keys(part, position)


Getters = dict[str, Callable[[AuthorizationRequest], Values | None]]

CONDITION_KEYS: Final[Getters] = {
    "dynamodb:leadingkeys": leading_keys,
    **{
        f"dynamodb:{ordinal}partitionkeyvalues": _nth(position)
        for position, ordinal in enumerate(ORDINALS)
    },
    "dynamodb:attributes": attributes,
    "dynamodb:select": select,
    "dynamodb:returnvalues": return_values,
    "dynamodb:returnconsumedcapacity": reported_capacity,
    "dynamodb:enclosingoperation": enclosing_operation,
}
"""By condition key in lower case."""


def _leading_key_in(member: str) -> Callable[[AuthorizationRequest], Values | None]:
    """`leading_keys` of a part about one item, whose key is in that member."""

    def find(part: AuthorizationRequest) -> Values | None:
        table = part.table
        return None if table is None else (text_of(part.request[member].get(table.partition.name)),)

    return find


ITEM_CONDITION_KEYS: Final[dict[str, Getters]] = {
    kind: {**CONDITION_KEYS, "dynamodb:leadingkeys": _leading_key_in(member)}
    for kind, member in _KEYED.items()
}
"""The same for the kinds of parts that are about one item."""
