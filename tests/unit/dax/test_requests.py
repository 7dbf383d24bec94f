"""Arguments of DAX's methods as parameters of the service's API."""

from __future__ import annotations

import asyncio

import pytest

from jedlik.dax.calls import Part, ServiceCall
from jedlik.dax.replies import ReplyWriter
from jedlik.dax.requests import RequestReader
from jedlik.dax.wire import cbor
from jedlik.dax.wire.cbor import MalformedCbor, Reader
from jedlik.dax.wire.expressions import PathParts
from jedlik.dax.wire.values import key_bytes
from tests.unit.dax.written import SCHEMA, Lists, projection

TABLE = cbor.byte_string(b"t")
PK = {"pk": {"S": "a"}}
KEY = cbor.byte_string(key_bytes(PK, SCHEMA))
ITEM = {**PK, "v": {"N": "1"}}
LISTS = Lists()
WHOLE = asyncio.run(ReplyWriter(LISTS).item(ITEM, Part("t", "t", SCHEMA)))
NONE = cbor.NULL
SOME = cbor.array


def read(method: str, *arguments: bytes) -> ServiceCall:
    reader = Reader(b"".join(arguments))
    call: ServiceCall = asyncio.run(getattr(RequestReader(LISTS), method)(reader))
    assert reader.at_end, "everything was read"
    return call


def options(**values: bytes) -> bytes:
    """Optional parameters by `_1` for the first, and so on."""
    return cbor.mapping([(cbor.integer(int(name[1:])), value) for name, value in values.items()])


def test_a_read_of_one_item() -> None:
    call = read("get_item", TABLE, KEY, NONE)
    assert (call.name, call.payload) == ("GetItem", {"TableName": "t", "Key": PK})
    assert not call.consistent
    call = read("get_item", TABLE, KEY, options(_2=cbor.boolean(True), _3=cbor.integer(1)))
    assert call.consistent
    assert call.payload["ConsistentRead"] is True
    assert call.payload["ReturnConsumedCapacity"] == "TOTAL"


def test_writes_of_one_item() -> None:
    call = read("put_item", TABLE, KEY, WHOLE, options(_7=cbor.integer(2), _6=cbor.integer(1)))
    assert call.name == "PutItem"
    assert call.payload == {
        "TableName": "t",
        "Item": ITEM,
        "ReturnValues": "ALL_OLD",
        "ReturnItemCollectionMetrics": "SIZE",
    }
    assert call.part.puts == [ITEM]
    call = read("delete_item", TABLE, KEY, NONE)
    assert (call.name, call.payload, call.part.puts) == (
        "DeleteItem", {"TableName": "t", "Key": PK}, [None],
    )  # fmt: skip
    assert read("update_item", TABLE, KEY, NONE).name == "UpdateItem"


def test_a_query_is_read() -> None:
    call = read(
        "query", TABLE, NONE,
        options(_11=cbor.text("by_v"), _13=cbor.integer(5), _14=cbor.integer(0),
                _15=cbor.integer(3)),
    )  # fmt: skip
    assert call.payload == {
        "TableName": "t", "IndexName": "by_v", "Limit": 5, "ScanIndexForward": False,
        "Select": "COUNT",
    }  # fmt: skip
    call = read(
        "scan", TABLE,
        options(_16=cbor.integer(0), _17=cbor.integer(2),
                _9=cbor.byte_string(key_bytes(PK, SCHEMA))),
    )  # fmt: skip
    assert call.payload == {
        "TableName": "t", "Segment": 0, "TotalSegments": 2, "ExclusiveStartKey": PK,
    }  # fmt: skip


def test_what_gos_client_sends_for_no_select_is_none() -> None:
    assert "Select" not in read("scan", TABLE, options(_15=cbor.integer(1))).payload


def test_batches_are_read() -> None:
    table = SOME([cbor.boolean(True), NONE, SOME([KEY])])
    call = read("batch_get_item", cbor.mapping([(TABLE, table)]), NONE)
    assert call.payload["RequestItems"] == {"t": {"Keys": [PK], "ConsistentRead": True}}
    assert call.consistent
    writes = SOME([KEY, WHOLE, KEY, NONE])
    call = read("batch_write_item", cbor.mapping([(TABLE, writes)]), NONE)
    assert call.payload["RequestItems"] == {
        "t": [{"PutRequest": {"Item": ITEM}}, {"DeleteRequest": {"Key": PK}}]
    }
    assert call.part.puts == [ITEM, None]


def test_transactions_are_read() -> None:
    call = read("transact_get_items", SOME([TABLE]), SOME([KEY]), NONE, NONE)
    assert call.payload["TransactItems"] == [{"Get": {"TableName": "t", "Key": PK}}]
    assert call.consistent
    call = read(
        "transact_write_items", SOME([cbor.integer(2), cbor.integer(7)]), SOME([TABLE, TABLE]),
        SOME([KEY, KEY]), SOME([WHOLE, NONE]), NONE, SOME([cbor.integer(2), NONE]), NONE, NONE,
        options(_19=cbor.text("token")),
    )  # fmt: skip
    put = {"TableName": "t", "Item": ITEM, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    assert call.payload == {
        "TransactItems": [{"Put": put}, {"Delete": {"TableName": "t", "Key": PK}}],
        "ClientRequestToken": "token",
    }


def test_no_attribute_takes_the_place_of_a_key() -> None:
    """One item would be written, and another one be in the cache."""
    numbered = asyncio.run(LISTS.list_id(("pk", "v")))
    other = cbor.byte_string(cbor.integer(numbered) + cbor.text("b") + cbor.integer(1))
    for method, arguments in (
        ("put_item", (TABLE, KEY, other, NONE)),
        ("batch_write_item", (cbor.mapping([(TABLE, SOME([KEY, other]))]), NONE)),
        (
            "transact_write_items",
            (
                SOME([cbor.integer(2)]), SOME([TABLE]), SOME([KEY]), SOME([other]), NONE,
                SOME([NONE]), NONE, NONE, NONE,
            ),
        ),
    ):  # fmt: skip
        with pytest.raises(MalformedCbor, match="have its key"):
            read(method, *arguments)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("get_item", (TABLE, KEY, cbor.integer(1))),
        ("get_item", (TABLE, KEY, options(_20=NONE))),
        ("get_item", (TABLE, KEY, options(_2=cbor.integer(2)))),
        ("get_item", (TABLE, KEY, options(_3=cbor.integer(9)))),
        ("get_item", (TABLE, KEY, options(_3=cbor.boolean(True)))),
        ("get_item", (TABLE, KEY, options(_0=cbor.text("v")))),
        ("query", (TABLE, NONE, options(_13=cbor.text("5")))),
        ("query", (TABLE, NONE, options(_11=cbor.byte_string(b"\xff")))),
        ("query", (TABLE, NONE, options(_11=cbor.integer(1)))),
        ("batch_get_item", (cbor.mapping([(TABLE, SOME([KEY]))]), NONE)),
        ("batch_get_item", (cbor.mapping([(TABLE, SOME([NONE, NONE, NONE]))]), NONE)),
        ("batch_write_item", (cbor.mapping([(TABLE, SOME([KEY]))]), NONE)),
        ("batch_write_item", (cbor.mapping([(TABLE, NONE)]), NONE)),
        ("transact_get_items", (SOME([TABLE]), SOME([]), NONE, NONE)),
        ("transact_get_items", (SOME([cbor.integer(1)]), SOME([KEY]), NONE, NONE)),
    ],
)
def test_what_is_no_request(method: str, arguments: tuple[bytes, ...]) -> None:
    with pytest.raises(MalformedCbor):
        read(method, *arguments)


def test_a_batch_names_a_table_once() -> None:
    """The service would get the last one only, and the cache would take all for read or written."""
    named = cbor.text("t")  # the same in other bytes
    gets = SOME([cbor.boolean(False), NONE, SOME([KEY])])
    writes = SOME([KEY, WHOLE])
    for method, found in (("batch_get_item", gets), ("batch_write_item", writes)):
        with pytest.raises(MalformedCbor, match="names a table twice"):
            read(method, cbor.mapping([(TABLE, found), (named, found)]), NONE)


def test_of_a_projection_the_top_level_attributes_are_asked_for() -> None:
    paths: list[PathParts] = [("v", 0), ("v", 1), ("w",)]
    call = read("get_item", TABLE, KEY, options(_0=cbor.byte_string(projection(paths))))
    assert call.part.paths == paths
    names = call.payload.get("ExpressionAttributeNames", {})
    asked = call.payload["ProjectionExpression"].split(", ")
    assert [names.get(each, each) for each in asked] == ["v", "w"]
