"""Answers in the form that DAX's clients read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from jedlik.dax import replies
from jedlik.dax.calls import Part, ServiceCall
from jedlik.dax.replies import NOTHING, SUCCESS, ReplyWriter
from jedlik.dax.wire.cbor import (
    NULL,
    Reader,
    array,
    double,
    integer,
    mapping,
    open_mapping,
    text,
)
from jedlik.dax.wire.values import key_of, read_item
from jedlik.values.attribute import Item
from tests.unit.dax.written import SCHEMA, Lists

ITEM: Item = {"pk": {"S": "a"}, "v": {"N": "1"}, "w": {"S": "x"}}
INDEX = mapping([(text("i"), double(0.5))])
UNITS = {"TableName": "t", "CapacityUnits": 1.5}


class Client:
    """Reads answers with the lists that the server has numbered."""

    def __init__(self) -> None:
        self.lists = Lists()
        self.writer = ReplyWriter(self.lists)

    def value(self, answer: Awaitable[bytes] | bytes) -> Any:
        """What follows the empty array that each answer begins with."""

        async def written() -> bytes:
            return answer if isinstance(answer, bytes) else await answer

        reader = Reader(asyncio.run(written()))
        assert reader.value() == []
        return reader.value()

    def item(self, data: bytes, key: bytes | None = None) -> Item:
        reader = Reader(data)
        names = self.lists.lists[reader.integer() - 1]
        return {**({} if key is None else key_of(key, SCHEMA)), **read_item(reader, names)}


@pytest.fixture
def client() -> Client:
    return Client()


def part(paths: Any = None) -> Part:
    return Part("t", "t", SCHEMA, paths=paths)


def call(name: str, paths: Any = None, **payload: Any) -> ServiceCall:
    return ServiceCall(name, payload, [part(paths)])


def test_an_item_comes_without_its_key(client: Client) -> None:
    answer = client.value(client.writer.get_item(ITEM, part()))
    assert answer.keys() == {0}
    assert client.item(answer[0]) == {"v": {"N": "1"}, "w": {"S": "x"}}


def test_no_item_is_nothing_at_all(client: Client) -> None:
    assert asyncio.run(client.writer.get_item(None, part())) == NOTHING
    assert client.value(client.writer.get_item(None, part(), UNITS)).keys() == {1}


def test_what_is_projected_comes_by_the_numbers_of_its_paths(client: Client) -> None:
    answer = client.value(client.writer.get_item(ITEM, part([("w",), ("none",), ("v",)])))
    assert answer[0] == {0: "x", 2: 1}


def test_equal_lists_of_attributes_have_one_number(client: Client) -> None:
    for item in (ITEM, {**ITEM, "v": {"S": "other"}}, {"pk": {"S": "b"}, "v": {"N": "1"}}):
        client.value(client.writer.get_item(item, part()))
    assert client.lists.lists == [("v", "w"), ("v",)]


def test_a_write_answers_with_what_was_asked_for(client: Client) -> None:
    write = client.writer.write
    assert asyncio.run(write(call("PutItem"), {})) == NOTHING
    old = client.value(write(call("PutItem", ReturnValues="ALL_OLD"), {"Attributes": ITEM}))
    assert client.item(old[2]) == {"v": {"N": "1"}, "w": {"S": "x"}}
    updated = client.value(
        write(call("UpdateItem", ReturnValues="UPDATED_NEW"), {"Attributes": {"v": {"N": "2"}}})
    )
    reader = Reader(updated[2])
    assert client.lists.lists[reader.integer() - 1] == ("v",)
    assert reader.value() == {0: 2}


def test_a_page_has_keys_beside_its_items(client: Client) -> None:
    result = {
        "Items": [ITEM],
        "Count": 1,
        "ScannedCount": 2,
        "LastEvaluatedKey": {"pk": ITEM["pk"]},
    }
    answer = client.value(client.writer.page(call("Query"), result))
    assert (answer[8], answer[10]) == (1, 2)
    ((key, data),) = answer[7]
    assert client.item(data, key) == ITEM
    assert key_of(answer[9], SCHEMA) == {"pk": {"S": "a"}}
    counted = client.value(client.writer.page(call("Scan"), {"Count": 3, "ScannedCount": 3}))
    assert counted.keys() == {8, 10}


def test_a_page_of_what_is_projected_has_no_keys(client: Client) -> None:
    result = {"Items": [ITEM], "Count": 1, "ScannedCount": 1}
    assert client.value(client.writer.page(call("Scan", [("v",)]), result))[7] == [{0: 1}]


def test_consumed_capacity_is_left_out_where_it_is_another_ones(client: Client) -> None:
    result = {"Count": 0, "ScannedCount": 0, "ConsumedCapacity": UNITS}
    assert 1 in client.value(client.writer.page(call("Scan"), result))
    assert 1 not in client.value(client.writer.page(call("Scan"), result, capacity=False))


@pytest.mark.parametrize(
    ("more", "parts"),
    [
        ({}, [NULL, NULL, NULL]),
        ({"Table": {"CapacityUnits": 1.0}}, [double(1.0), NULL, NULL]),
        ({"GlobalSecondaryIndexes": {"i": {"CapacityUnits": 0.5}}}, [NULL, INDEX, NULL]),
        ({"LocalSecondaryIndexes": {"i": {"CapacityUnits": 0.5}}}, [NULL, NULL, INDEX]),
    ],
)
def test_consumed_capacity(client: Client, more: Any, parts: list[bytes]) -> None:
    answer = client.value(client.writer.get_item(None, part(), {**UNITS, **more}))
    assert answer[1] == text("t") + double(1.5) + b"".join(parts)


def test_batches_are_written_as_clients_read_them(client: Client) -> None:
    of_batch = call("BatchGetItem")
    pieces = asyncio.run(client.writer.keyed(ITEM, of_batch.part))
    found, unread = client.value(
        client.writer.batch_get(of_batch, {"t": pieces}, {"t": [{"pk": {"S": "z"}}]}, None)
    )
    key, data = found["t"]
    assert client.item(data, key) == ITEM
    assert [key_of(each, SCHEMA) for each in unread["t"]] == [{"pk": {"S": "z"}}]
    assert client.value(client.writer.batch_write({})) == {}


def test_reads_of_a_transaction(client: Client) -> None:
    both = ServiceCall("TransactGetItems", {}, [part(), part()])
    result = {"Responses": [{"Item": ITEM}, {}]}
    (first, second), capacities = client.value(client.writer.transact_get(both, result))
    assert client.item(first) == {"v": {"N": "1"}, "w": {"S": "x"}}
    assert (second, capacities) == (None, [])


def test_writes_of_a_transaction(client: Client) -> None:
    collections = {"t": [{"ItemCollectionKey": {"pk": {"S": "a"}}, "SizeEstimateRangeGB": [0, 1]}]}
    result = {"ItemCollectionMetrics": collections}
    nothing, capacities, sizes = client.value(client.writer.transact_write(result))
    assert (nothing, capacities) == ([], [])
    assert sizes == {"t": [text("a") + double(0.0) + double(1.0)]}


def test_what_a_transaction_consumed_is_a_map(client: Client) -> None:
    consumed = {**UNITS, "WriteCapacityUnits": 1.5, "Table": {"CapacityUnits": 1.5}}
    written = client.writer.transact_write({"ConsumedCapacity": [consumed]})
    assert written == SUCCESS + array([
        array([]),
        array([open_mapping([
            (integer(1), double(1.5)), (integer(3), double(1.5)), (integer(4), text("t")),
            (integer(5), mapping([(integer(1), double(1.5))])),
        ])]),
        mapping([]),
    ])  # fmt: skip


def test_definitions_and_endpoints(client: Client) -> None:
    assert client.value(replies.key_schema(SCHEMA)) == {"pk": "S"}
    assert client.value(replies.attribute_list(("a", "b"))) == ["a", "b"]
    assert client.value(replies.attribute_list_id(7)) == 7
    (node,) = client.value(replies.endpoints("host", b"\x7f\0\0\1", 8111, "zone"))
    assert (node[1], node[2], node[3]) == ("host", b"\x7f\0\0\1", 8111)
