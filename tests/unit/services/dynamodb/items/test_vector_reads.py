"""What is read of entries of vector indexes is what their items say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.kernel.keyspaces import VECTOR_CHANGES, VECTOR_NUMBERS
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.items.actions import Action, ConditionGuard, Delete, Insert, Put
from jedlik.services.dynamodb.items.index_entries import write_entries
from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.services.dynamodb.items.single_write import SingleWrite
from jedlik.services.dynamodb.items.vector_reads import VectorReads
from jedlik.services.dynamodb.items.write import WriteItems, all_or_nothing
from jedlik.services.dynamodb.recording.vector_log import VectorLogger
from jedlik.services.dynamodb.tables.figures import Tally
from jedlik.values.image import Image
from jedlik.values.sizes import item_size
from tests.control_plane import ControlPlane, attributes, on_demand
from tests.properties import examples

KEY = {"pk": {"S": "p"}}
GUARD = ConditionGuard(None)


def vector_index(name: str, *schema: tuple[str, str]) -> dict[str, Any]:
    return {
        "IndexName": name,
        "VectorAttribute": {"AttributeName": "v"},
        "Dimensions": 2,
        "DistanceFunction": "COSINE",
        "SearchSchema": [
            {"AttributeName": attribute, "SearchSchemaElementType": kind}
            for attribute, kind in schema
        ],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }


@pytest.fixture(scope="module")
def plane() -> Iterator[ControlPlane]:
    plane = ControlPlane()
    indexes = [vector_index("whole"), vector_index("parts", ("c", "HASH"))]
    plane.call(
        "CreateTable",
        **{**on_demand(), "AttributeDefinitions": attributes("pk", "c")},
        VectorIndexes=indexes,
    )
    yield plane
    plane.close()


numbers = st.sampled_from(["0.5", "1", "0.50000000001", "0.75"])
vectors = st.tuples(numbers, numbers).map(lambda both: {"L": [{"N": each} for each in both]})
# Items from before there were indexes may have anything.
items = st.fixed_dictionaries(
    {"pk": st.just(KEY["pk"])},
    optional={
        "v": vectors | st.sampled_from([{"S": "x"}, {"L": []}, {"L": [{"N": "1e39"}] * 2}]),
        "c": st.sampled_from([{"S": "x"}, {"S": "y"}, {"N": "1"}]),
        "other": st.sampled_from([{"S": "x"}, {"S": "y"}]),
    },
)


def image(item: Any) -> Image | None:
    return None if item is None else Image.of(item, item_size(item))


def entries(table: OpenTable, key: bytes, was: Image | None) -> dict[bytes, Any]:
    """The entries of an item."""
    found: dict[bytes, Any] = {}
    logger = VectorLogger(
        {number: None for each in table.vectors for number in each.log.number_keys}, {}
    )
    write_entries(table, key, None, was, found, Tally(), {}, logger)
    return found


@examples(300)
@given(old=st.none() | items, new=st.none() | items)
def test_changes_are_those_that_follow_from_the_item(
    plane: ControlPlane, old: Any, new: Any
) -> None:
    table: OpenTable = plane.run(plane.database.table("music"))
    table = plane.run(plane.database.table("music"))
    key = table.key_of(KEY)
    before, after = image(old), image(new)
    there = entries(table, key, before)
    expected: dict[bytes, Any] = {}
    read = {number: None for each in table.vectors for number in each.log.number_keys}
    writes = write_entries(
        table, key, before, after, expected, Tally(), {}, VectorLogger(read, expected)
    )
    action: Action = Delete(GUARD) if after is None else Put(after, GUARD)
    write = ItemWrite(table, key, action)
    if before is None:
        there = {}
    else:
        there[key] = before.stored
    for task in (
        SingleWrite(plane.database, write),
        WriteItems(plane.database, (write,), all_or_nothing, {}, ()),
    ):
        values = [plane.database.catalog.version, *[there.get(each) for each in task.keys[1:]]]
        decided: Any = task.decide(values)
        outcome = decided.result if isinstance(task, SingleWrite) else decided.result[0]
        indexed = {
            name: value
            for name, value in decided.values.items()
            if name.startswith(
                (VECTOR_CHANGES, VECTOR_NUMBERS, *[each.prefix for each in table.vectors])
            )
        }
        assert indexed == expected
        assert outcome.index_writes == writes


def test_what_is_read(plane: ControlPlane) -> None:
    table: OpenTable = plane.run(plane.database.table("music"))
    key = table.key_of(KEY)
    vector = {"L": [{"N": "1"}, {"N": "0"}]}
    whole, parts = sorted(table.vectors, key=lambda each: each.name, reverse=True)
    new = image({**KEY, "v": vector, "c": {"S": "x"}})
    assert new is not None
    for action in (Put(new, GUARD), Insert(new)):
        reads = VectorReads((ItemWrite(table, key, action),))
        numbers = {whole.log.number_key(key), parts.log.number_key(key)}
        places = {whole.only_place(key), parts.entry_key(new.joined, key)}
        assert set(reads.keys) == numbers | places
    reads = VectorReads((ItemWrite(table, key, Delete(GUARD)),))
    assert set(reads.keys) == numbers | {whole.only_place(key)}


def test_the_second_write_of_an_item_sees_the_first(plane: ControlPlane) -> None:
    table: OpenTable = plane.run(plane.database.table("music"))
    key = table.key_of(KEY)
    items = [image({**KEY, "v": {"L": [{"N": "1"}, {"N": str(at)}]}}) for at in range(2)]
    changes: dict[bytes, Any] = {}
    reads = VectorReads([ItemWrite(table, key, Put(each, GUARD)) for each in items if each])
    logger = reads.logger([None] * len(reads.keys), changes)
    for old, new in ((None, items[0]), *[(items[0], each) for each in items]):
        written = write_entries(table, key, old, new, changes, Tally(), {}, logger)
        assert len(written) == (old is not new)


def test_order_alone_takes_no_bytes_of_an_index_but_is_noted(plane: ControlPlane) -> None:
    table: OpenTable = plane.run(plane.database.table("music"))
    key = table.key_of(KEY)
    was = image({**KEY, "c": {"S": "x"}, "v": {"L": [{"N": "1"}, {"N": "2"}]}})
    assert was is not None
    turned = image({name: was.joined[name] for name in reversed(was.joined)})
    changes = entries(table, key, was)
    logger = VectorLogger(
        {number: None for each in table.vectors for number in each.log.number_keys}, {}
    )
    assert write_entries(table, key, was, turned, changes, Tally(), {}, logger) == []
    assert changes == entries(table, key, turned)
