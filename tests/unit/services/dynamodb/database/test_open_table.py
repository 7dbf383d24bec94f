"""The keys of items: the short way for strings gives what the long way gives."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.tables.key_schema import KeyAttribute, KeySchema
from jedlik.services.dynamodb.tables.model import Table
from jedlik.values.canonical import canonical_item
from tests.strategies import scalars


def table(*kinds: str) -> OpenTable:
    partition, *sort = (
        KeyAttribute(name, kind) for name, kind in zip(("p", "s"), kinds, strict=False)
    )
    attribute_kinds = dict(zip(("p", "s"), kinds, strict=False))
    schema = KeySchema((partition,), tuple(sort))
    return OpenTable(Table(7, "uuid", "t", 0.0, schema, attribute_kinds))


STRINGS = table("S", "S")

texts = st.text(max_size=4) | st.sampled_from(["é" * 600, "x" * 2048, "x" * 2049, "y" * 1025])
values = scalars | st.builds(lambda text: {"S": text}, texts) | st.sampled_from([{}, {"X": "x"}])
keys = st.dictionaries(st.sampled_from(["p", "s", "other"]), values, max_size=3)


def outcome(found: Any, key: dict[str, Any]) -> Any:
    try:
        return found(copy.deepcopy(key))
    except ValidationException as error:
        return error.message


def the_long_way(key: dict[str, Any]) -> bytes:
    canonical_item(key)
    if key.keys() != {"p", "s"} or not all("S" in value for value in key.values()):
        raise ValidationException("The provided key element does not match the schema")
    return STRINGS.key_of_canonical(key)


@given(keys | st.fixed_dictionaries({"p": values, "s": values}))
def test_a_key_of_strings_takes_a_short_way_to_the_same_end(key: dict[str, Any]) -> None:
    assert outcome(STRINGS.key_of, key) == outcome(the_long_way, key)


@pytest.mark.parametrize(
    ("kinds", "key"),
    [
        (("N",), {"p": {"S": "1"}}),
        (("S", "N"), {"p": {"S": "1"}, "s": {"S": "1"}}),
        (("S",), {"p": {"S": "1"}, "s": {"S": "1"}}),
        (("S", "S"), {"p": {"S": "1"}}),
    ],
)
def test_keys_that_are_not_the_tables(kinds: tuple[str, ...], key: dict[str, Any]) -> None:
    with pytest.raises(ValidationException, match="does not match the schema"):
        table(*kinds).key_of(key)
