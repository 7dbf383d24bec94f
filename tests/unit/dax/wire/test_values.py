"""Attribute values, keys and items on the wire and back, by our code and the client's."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import pytest
from amazondax import AttributeValueEncoder
from hypothesis import given
from hypothesis import strategies as st

from jedlik.dax.wire.cbor import MalformedCbor, Reader
from jedlik.dax.wire.values import (
    KeySchema,
    index_key_bytes,
    item_bytes,
    key_bytes,
    key_of,
    other_names,
    read_item,
    read_members,
    read_value,
    value_bytes,
)
from jedlik.values.canonical import canonical_value
from tests.strategies import decimals, items, plain, values

NUMBERS = decimals().map(lambda number: {"N": plain(number)})
TEXTS = st.text(min_size=1, max_size=20).map(lambda text: {"S": text})
BYTES = st.binary(min_size=1, max_size=20).map(lambda raw: {"B": b64encode(raw).decode()})
OF_TYPE = {"S": TEXTS, "N": NUMBERS, "B": BYTES}


def canonical(value: dict[str, Any]) -> dict[str, Any]:
    copy: dict[str, Any] = {"M": {"v": value}}
    canonical_value(copy)
    return copy["M"]["v"]


@given(values)
def test_values_survive_a_round_trip(value: dict[str, Any]) -> None:
    value = canonical(value)
    reader = Reader(value_bytes(value))
    assert read_value(reader) == value
    assert reader.at_end


def as_boto(value: dict[str, Any]) -> dict[str, Any]:
    """A value as clients in Python have it: binary is bytes."""
    ((kind, content),) = value.items()
    if kind == "B":
        content = b64decode(content)
    elif kind == "BS":
        content = [b64decode(each) for each in content]
    elif kind == "L":
        content = [as_boto(each) for each in content]
    elif kind == "M":
        content = {name: as_boto(each) for name, each in content.items()}
    return {kind: content}


@given(values)
def test_what_the_client_writes_is_read(value: dict[str, Any]) -> None:
    value = canonical(value)
    assert read_value(Reader(AttributeValueEncoder.encode_attribute_value(as_boto(value)))) == value


@pytest.mark.parametrize(
    ("encoded", "value"),
    [
        ("fb3ff8000000000000", {"N": "1.5"}),
        ("81fb3ff8000000000000", {"L": [{"N": "1.5"}]}),
        ("a16161fb3ff8000000000000", {"M": {"a": {"N": "1.5"}}}),
        ("d90cfa81fb3ff8000000000000", {"NS": ["1.5"]}),
    ],
)
def test_clients_in_javascript_write_numbers_as_doubles(
    encoded: str, value: dict[str, Any]
) -> None:
    data = bytes.fromhex(encoded)
    assert read_value(Reader(data)) == value
    if "N" in value:
        assert key_of(data, KeySchema(("p",), ("N",))) == {"p": value}


@st.composite
def keyed(draw: st.DrawFn) -> tuple[KeySchema, dict[str, Any]]:
    types = draw(st.lists(st.sampled_from("SNB"), min_size=1, max_size=2))
    names = ("p", "s")[: len(types)]
    key = {name: draw(OF_TYPE[kind]) for name, kind in zip(names, types, strict=True)}
    return KeySchema(names, tuple(types)), key


@given(keyed())
def test_keys_survive_a_round_trip(drawn: tuple[KeySchema, dict[str, Any]]) -> None:
    schema, key = drawn
    encoded = key_bytes({**key, "other": {"S": "x"}}, schema)
    assert key_of(encoded, schema) == key
    definitions = [
        {"AttributeName": name, "AttributeType": kind}
        for name, kind in zip(schema.names, schema.types, strict=True)
    ]
    boto = {name: as_boto(value) for name, value in key.items()}
    if all(len(value.get("N", "")) <= 38 for value in key.values()):  # which the client can write
        assert AttributeValueEncoder.encode_key(boto, definitions) == encoded


@given(items, keyed())
def test_items_survive_a_round_trip(
    item: dict[str, Any], drawn: tuple[KeySchema, dict[str, Any]]
) -> None:
    schema, key = drawn
    item = {name: canonical(value) for name, value in item.items()} | key
    names = other_names(item, schema)
    reader = Reader(item_bytes(item, names, 77))
    assert reader.integer() == 77
    assert {**key, **read_item(reader, names)} == item


@given(keyed())
def test_keys_of_indexes(drawn: tuple[KeySchema, dict[str, Any]]) -> None:
    _, key = drawn
    encoded = index_key_bytes(key)
    assert read_members(Reader(encoded)) == key
    boto = {name: as_boto(value) for name, value in key.items()}
    if all(len(value.get("N", "")) <= 38 for value in key.values()):
        assert read_members(Reader(AttributeValueEncoder.encode_compound_key(boto))) == key


@pytest.mark.parametrize(
    ("encoded", "schema"),
    [
        ("01ff", KeySchema(("p",), ("N",))), ("61", KeySchema(("p", "s"), ("S", "S"))),
        ("01", KeySchema(("p", "s"), ("S", "S"))), ("ff", KeySchema(("p",), ("S",))),
        ("616100", KeySchema(("p", "s"), ("S", "N"))), ("f6", KeySchema(("p",), ("N",))),
    ],
)  # fmt: skip
def test_what_is_no_key(encoded: str, schema: KeySchema) -> None:
    with pytest.raises(MalformedCbor):
        key_of(bytes.fromhex(encoded), schema)


@pytest.mark.parametrize(
    "encoded",
    ["d90cf98101", "d90cfa816161", "d90cf98180", "d90000" + "61", "81" * 80 + "f6", "a10101"],
)
def test_what_is_no_value(encoded: str) -> None:
    with pytest.raises(MalformedCbor):
        read_value(Reader(bytes.fromhex(encoded)))


def test_an_item_has_as_many_values_as_its_list_has_names() -> None:
    for names in ((), ("a", "b")):
        with pytest.raises(MalformedCbor):
            read_item(Reader(b"\x01"), names)


@pytest.mark.parametrize("opening", [b"\x81", b"\xa1\x61a", b"\xd9\x0c\xf9\x81"])
def test_nesting_has_a_bottom(opening: bytes) -> None:
    with pytest.raises(MalformedCbor, match="deep"):
        read_value(Reader(opening * 100_000))
