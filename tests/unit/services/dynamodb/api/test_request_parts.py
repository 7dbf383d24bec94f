"""The values of DynamoDB's condition keys in requests."""

from __future__ import annotations

import functools
from base64 import b64encode
from typing import Any

import pytest

from jedlik.auth.policy.effort import TakesLong
from jedlik.services.dynamodb.api.request_parts import CONDITION_KEYS
from jedlik.services.dynamodb.database.open_table import OpenTable
from tests.api.vectors import SCHEMA, SCHEMA_NAMES, creation, definition, vector
from tests.control_plane import ControlPlane
from tests.unit.services.dynamodb.api.keyed_table import keyed_table, part


@pytest.fixture(scope="module")
def table() -> OpenTable:
    return keyed_table()


def values(table: OpenTable, key: str, kind: str, **request: Any) -> tuple[str, ...] | None:
    found = CONDITION_KEYS[f"dynamodb:{key}"](part(kind, request, table))
    return None if found is None else tuple(sorted(found))


@functools.cache
def searched_table() -> OpenTable:
    """A table with the vector indexes `by_tenant`, which has partitions, and `whole`."""
    plane = ControlPlane()
    indexes = (definition("by_tenant", SearchSchema=SCHEMA), definition("whole"))
    plane.call("CreateTable", **creation("table", *indexes, also=SCHEMA_NAMES))
    found = plane.run(plane.database.table("table"))
    plane.close()
    return found


def base64_of(size: int) -> str:
    return b64encode(bytes(size)).decode()


K = {"pk": {"N": "1.0"}, "sk": {"S": "s"}}


@pytest.mark.parametrize(
    ("kind", "request_", "expected"),
    [
        ("GetItem", {"Key": K}, ("1",)),
        ("PutItem", {"Item": {**K, "v": {"S": "x"}}}, ("1",)),
        ("GetItem", {"Key": {"pk": {"N": "1.0", "S": None, "Other": 1}}}, ("1",)),
        ("GetItem", {"Key": {"pk": {"N": "1", "S": "x"}}}, ("",)),
        ("GetItem", {"Key": {"pk": {"N": "one"}}}, ("",)),
        ("GetItem", {"Key": {"pk": {"N": 1}}}, ("",)),
        ("GetItem", {"Key": {"sk": {"S": "s"}}}, ("",)),
        ("GetItem", {"Key": {"pk": {"S": "x" * 2048}}}, ("x" * 2048,)),
        ("GetItem", {"Key": {"pk": {"S": "x" * 3000}}}, ("",)),
        ("GetItem", {"Key": {"pk": {"B": base64_of(2048)}}}, (base64_of(2048),)),
        ("GetItem", {"Key": {"pk": {"B": base64_of(2052)}}}, ("",)),
        ("BatchGetItem", {"Keys": [K, {"pk": {"N": "2"}}]}, ("1", "2")),
        ("BatchWriteItem", {"Requests": [{"PutRequest": {"Item": K}},
                                         {"DeleteRequest": {"Key": {"pk": {"N": "3"}}}}]},
         ("1", "3")),
        ("Query", {"KeyConditionExpression": "pk = :p",
                   "ExpressionAttributeValues": {":p": {"N": "01"}}}, ("1",)),
        ("Query", {"KeyConditionExpression": "#k = :p AND sk > :p",
                   "ExpressionAttributeNames": {"#k": "pk"},
                   "ExpressionAttributeValues": {":p": {"N": "1"}}}, ("1",)),
        ("Query", {"KeyConditions": {"pk": {"ComparisonOperator": "EQ",
                                            "AttributeValueList": [{"N": "1"}]}}}, ("1",)),
        ("Query", {"KeyConditionExpression": "nonsense"}, ("",)),
        ("Query", {}, ("",)),
        ("Query", {"IndexName": "by_g", "KeyConditionExpression": "g = :g AND h = :h",
                   "ExpressionAttributeValues": {":g": {"S": "x"}, ":h": {"S": "y"}}}, ("x",)),
        ("Scan", {}, None),
    ],
)  # fmt: skip
def test_leading_keys(
    table: OpenTable, kind: str, request_: dict[str, Any], expected: tuple[str, ...] | None
) -> None:
    assert values(table, "leadingkeys", kind, **request_) == expected


@pytest.mark.parametrize(
    ("index", "condition", "expected"),
    [
        ("by_tenant", "tenant = :t", ("ada",)),
        ("by_tenant", ":t = #t AND colour = :c", ("ada",)),
        ("by_tenant", "tenant = :t AND tenant = :c", ("",)),
        ("by_tenant", "tenant.x = :t", ("ada",)),  # which the operation refuses
        ("by_tenant", "colour = :c", ("",)),
        ("by_tenant", "nonsense", ("",)),
        ("by_tenant", None, ("",)),
        ("whole", None, None),
        ("whole", "colour = :c", None),
        ("missing", "tenant = :t", None),
    ],
)
def test_leading_keys_of_searches(
    index: str, condition: str | None, expected: tuple[str, ...] | None
) -> None:
    request: dict[str, Any] = {"IndexName": index, "SearchVector": vector(1, 0, 0)}
    if condition is not None:
        request["SearchConditionExpression"] = condition
        request["ExpressionAttributeNames"] = {"#t": "tenant"}
        request["ExpressionAttributeValues"] = {":t": {"S": "ada"}, ":c": {"S": "red"}}
    assert values(searched_table(), "leadingkeys", "SearchVectors", **request) == expected


def test_keys_of_several_attributes(table: OpenTable) -> None:
    query = {"IndexName": "by_g", "KeyConditionExpression": "g = :g AND h = :h"}
    query["ExpressionAttributeValues"] = {":g": {"S": "x"}, ":h": {"S": "y"}}  # type: ignore[assignment]
    assert values(table, "firstpartitionkeyvalues", "Query", **query) == ("x",)
    assert values(table, "secondpartitionkeyvalues", "Query", **query) == ("y",)
    assert values(table, "thirdpartitionkeyvalues", "Query", **query) is None


@pytest.mark.parametrize(
    ("kind", "request_", "expected"),
    [
        ("GetItem", {"Key": K}, ("pk", "sk")),
        ("GetItem", {"Key": K, "ProjectionExpression": "a.b[1], #c",
                     "ExpressionAttributeNames": {"#c": "see"}}, ("a", "pk", "see", "sk")),
        ("UpdateItem", {"Key": K, "UpdateExpression": "SET a = b + :x REMOVE c.d ADD e :x",
                        "ConditionExpression": "attribute_exists(f) OR size(g) < :x"},
         ("a", "b", "c", "e", "f", "g", "pk", "sk")),
        ("PutItem", {"Item": {**K, "v": {"M": {"w": {"S": "x"}}}}}, ("pk", "sk", "v")),
        ("Scan", {"FilterExpression": "a IN (:x, b) AND NOT c BETWEEN :x AND :y"},
         ("a", "b", "c")),
        ("Scan", {}, None),
        ("Scan", {"ScanFilter": {"a": {}}, "AttributesToGet": ["b"]}, ("a", "b")),
        ("UpdateItem", {"Key": K, "AttributeUpdates": {"a": {}}, "Expected": {"b": {}}},
         ("a", "b", "pk", "sk")),
        ("Scan", {"FilterExpression": "nonsense ("}, ("",)),
    ],
)  # fmt: skip
def test_attributes_that_a_request_names(
    table: OpenTable, kind: str, request_: dict[str, Any], expected: tuple[str, ...] | None
) -> None:
    assert values(table, "attributes", kind, **request_) == expected


MANY = [f"a{number}" for number in range(6000)]
HALVES = [{name: {"S": ""} for name in half} for half in (MANY[::2], MANY[1::2])]


@pytest.mark.parametrize(
    ("kind", "request_"),
    [
        ("PutItem", {"Item": {name: {"S": ""} for name in MANY}}),
        ("GetItem", {"Key": {}, "AttributesToGet": MANY}),
        ("BatchWriteItem", {"Requests": [{"PutRequest": {"Item": half}} for half in HALVES]}),
    ],
)
def test_very_many_attributes_are_not_read_while_others_wait(
    table: OpenTable, kind: str, request_: dict[str, Any]
) -> None:
    asked = part(kind, request_, table)
    assert set(CONDITION_KEYS["dynamodb:attributes"](asked) or ()) == set(MANY)
    asked.hurried = True
    with pytest.raises(TakesLong):
        CONDITION_KEYS["dynamodb:attributes"](asked)


@pytest.mark.parametrize(
    ("key", "kind", "request_", "expected"),
    [
        ("select", "GetItem", {}, ("ALL_ATTRIBUTES",)),
        ("select", "GetItem", {"AttributesToGet": ["a"]}, ("SPECIFIC_ATTRIBUTES",)),
        ("select", "Query", {"IndexName": "by_g"}, ("ALL_PROJECTED_ATTRIBUTES",)),
        ("select", "Query", {"Select": "COUNT"}, ("COUNT",)),
        ("select", "PutItem", {}, None),
        ("returnvalues", "PutItem", {}, ("NONE",)),
        ("returnvalues", "PutItem", {"ReturnValues": "ALL_OLD"}, ("ALL_OLD",)),
        ("returnvalues", "PutItem", {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"},
         ("ALL_OLD",)),
        ("returnvalues", "GetItem", {}, None),
        ("returnconsumedcapacity", "GetItem", {"ReturnConsumedCapacity": "TOTAL"}, ("TOTAL",)),
        ("returnconsumedcapacity", "GetItem", {}, None),
        ("enclosingoperation", "GetItem", {}, None),
    ],
)  # fmt: skip
def test_other_condition_keys(
    table: OpenTable, key: str, kind: str, request_: dict[str, Any], expected: Any
) -> None:
    assert values(table, key, kind, **request_) == expected
