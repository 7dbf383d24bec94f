"""Attribute values, keys and items between DAX's wire and the service's JSON.

Types are CBOR's own: text S, bytes B, integers, decimal fractions and doubles N, true and false
BOOL, null NULL, arrays L, maps M; sets are arrays under tags 3321 (SS), 3322 (NS) and 3323 (BS).

    key of a table with a partition key alone     the value's bytes: UTF-8, binary, CBOR's number
    with a sort key                               the partition key as CBOR, then the sort key's
                                                  bytes up to the end: UTF-8, binary, ordered number
    item                                          id of an attribute list, then the values of its
                                                  names in their order; key attributes are not in it
    key of an index (start and last keys)         a map of names and values, of indefinite length
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from jedlik.dax.wire import cbor
from jedlik.dax.wire.cbor import (
    ARRAY,
    BYTES,
    MAP,
    SIMPLE,
    TAG,
    TEXT,
    Fraction,
    MalformedCbor,
    Reader,
)
from jedlik.dax.wire.decimals import number_bytes, number_text, ordered_bytes, text_of_ordered
from jedlik.values.attribute import AttributeValue, Item, Key
from jedlik.values.numbers import canonical

STRING_SET, NUMBER_SET, BINARY_SET = 3321, 3322, 3323
_SET_TYPES: Final = {STRING_SET: "SS", NUMBER_SET: "NS", BINARY_SET: "BS"}
_SET_TAGS: Final = {name: tag for tag, name in _SET_TYPES.items()}
MAX_VALUE_DEPTH: Final = 64
"""More levels than the service accepts, so that the service refuses them."""


class KeySchema(NamedTuple):
    """The names and types of a table's key attributes, the partition key first."""

    names: tuple[str, ...]
    types: tuple[str, ...]


# --- Attribute values -----------------------------------------------------------------------------


def binary(data: bytes) -> str:
    """Bytes in the form of the service's JSON."""
    return b64encode(data).decode("ascii")


def read_value(reader: Reader, depth: int = 0) -> AttributeValue:
    """The next attribute value. Raises `MalformedCbor`, and ValidationException for numbers."""
    if depth > MAX_VALUE_DEPTH:
        raise MalformedCbor("an attribute value is nested too deeply")
    major = reader.major()
    if major == TEXT:
        return {"S": reader.text()}
    if major == BYTES:
        return {"B": binary(reader.bytes())}
    if major == ARRAY:
        return {"L": _read_list(reader, depth + 1)}
    if major == MAP:
        return {"M": read_members(reader, depth + 1)}
    if major == SIMPLE:
        return _simple(reader.value())
    if major == TAG:
        return _read_tagged(reader, depth + 1)
    return {"N": number_text(reader.value())}


def _simple(value: bool | Fraction | None) -> AttributeValue:
    if value is None:
        return {"NULL": True}
    return {"BOOL": value} if isinstance(value, bool) else {"N": number_text(value)}


def _read_list(reader: Reader, depth: int) -> list[AttributeValue]:
    left, found = reader.array_length(), []
    while reader.more(left):
        found.append(read_value(reader, depth))
        left -= left > 0
    return found


def read_members(reader: Reader, depth: int = 0) -> dict[str, AttributeValue]:
    """A map of names and attribute values."""
    left, members = reader.map_length(), {}
    while reader.more(left):
        name = reader.text()
        members[name] = read_value(reader, depth)
        left -= left > 0
    return members


def read_names(reader: Reader) -> tuple[str, ...]:
    """A list of names: an array of strings, or a set of them, as clients in Java write it."""
    value = read_value(reader)
    names = value.get("SS") or [each.get("S") for each in value.get("L", ())]
    if not all(isinstance(name, str) for name in names) or not value.keys() <= {"SS", "L"}:
        raise MalformedCbor("a list of names is missing")
    return tuple(names)


def _read_tagged(reader: Reader, depth: int) -> AttributeValue:
    start = reader.position
    _, tag = reader.head()
    kind = _SET_TYPES.get(tag)
    if kind is None:
        reader.position = start
        return {"N": number_text(reader.value())}
    left, elements = reader.array_length(), []
    while reader.more(left):
        element = read_value(reader, depth)
        if kind[0] not in element:
            raise MalformedCbor("a set has an element of another type")
        elements.append(element[kind[0]])
        left -= left > 0
    return {kind: elements}


def value_bytes(value: AttributeValue) -> bytes:
    """An attribute value of the service's JSON as CBOR."""
    ((kind, content),) = value.items()
    if kind == "S":
        return cbor.text(content)
    if kind == "N":
        return number_bytes(content)
    if kind == "B":
        return cbor.byte_string(b64decode(content))
    if kind == "M":
        return members_bytes(content)
    if kind == "L":
        return cbor.array([value_bytes(each) for each in content])
    if kind == "BOOL":
        return cbor.boolean(content)
    if kind == "NULL":
        return cbor.NULL
    elements = [value_bytes({kind[0]: each}) for each in content]
    return cbor.head(TAG, _SET_TAGS[kind]) + cbor.array(elements)


def members_bytes(members: Mapping[str, AttributeValue]) -> bytes:
    """Names and attribute values as a map."""
    return cbor.mapping([(cbor.text(name), value_bytes(each)) for name, each in members.items()])


# --- Keys -----------------------------------------------------------------------------------------


def key_of(data: bytes, schema: KeySchema) -> Key:
    """The key in these bytes. Raises `MalformedCbor`, and ValidationException for numbers."""
    if len(schema.names) == 1:
        kind = schema.types[0]
        if kind == "N":
            reader = Reader(data)
            value = number_text(reader.value())
            if not reader.at_end:
                raise MalformedCbor("a key goes on after its end")
            return {schema.names[0]: {"N": value}}
        return {schema.names[0]: _plain(kind, data)}
    reader = Reader(data)
    partition = read_value(reader)
    if schema.types[0] not in partition:
        raise MalformedCbor("a key has a partition key of another type")
    rest = reader.rest()
    sort = {"N": text_of_ordered(rest)} if schema.types[1] == "N" else _plain(schema.types[1], rest)
    return {schema.names[0]: partition, schema.names[1]: sort}


def _plain(kind: str, data: bytes) -> AttributeValue:
    return {"S": cbor.decoded(data)} if kind == "S" else {"B": binary(data)}


def key_bytes(item: Mapping[str, AttributeValue], schema: KeySchema) -> bytes:
    """The bytes of an item's key."""
    first = item[schema.names[0]]
    if len(schema.names) == 1:
        return value_bytes(first) if schema.types[0] == "N" else _plain_bytes(first)
    last = item[schema.names[1]]
    if schema.types[1] == "N":
        return value_bytes(first) + ordered_bytes(canonical(last["N"]))
    return value_bytes(first) + _plain_bytes(last)


def _plain_bytes(value: AttributeValue) -> bytes:
    ((kind, content),) = value.items()
    encoded: bytes = content.encode() if kind == "S" else b64decode(content)
    return encoded


def index_key_bytes(key: Mapping[str, AttributeValue]) -> bytes:
    """A start or last key of an index."""
    members = (cbor.text(name) + value_bytes(value) for name, value in key.items())
    return cbor.MAP_START + b"".join(members) + cbor.BREAK


# --- Items ----------------------------------------------------------------------------------------


def other_names(item: Mapping[str, AttributeValue], schema: KeySchema) -> tuple[str, ...]:
    """The names of an item's attributes that are not in its key, sorted as clients sort them."""
    keys = schema.names
    return tuple(sorted(name for name in item if name not in keys))


def item_bytes(item: Item, names: Sequence[str], list_id: int) -> bytes:
    """An item without its key, given its other names and their list's id."""
    return cbor.integer(list_id) + b"".join(value_bytes(item[name]) for name in names)


def read_item(reader: Reader, names: Sequence[str]) -> Item:
    """The attributes of an item whose list id was read, given the names in that list."""
    item = {name: read_value(reader) for name in names}
    if not reader.at_end:
        raise MalformedCbor("an item has more values than its attribute list has names")
    return item
