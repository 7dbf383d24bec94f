"""DynamoDB's condition keys."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.gateway.exchange import Request
from jedlik.services.dynamodb.api import request_parts, statements
from jedlik.services.dynamodb.api.request_parts import CONDITION_KEYS
from jedlik.services.dynamodb.items.open_table import OpenTable
from jedlik.services.iam.authorization.requests import AuthorizationRequest
from tests.control_plane import ControlPlane, attributes, index, on_demand


@pytest.fixture(scope="module")
def table() -> OpenTable:
    plane = ControlPlane()
    request = on_demand("t", "pk", "/sk")
    request["AttributeDefinitions"] = attributes("pk:N", "sk", "g", "h")
    request["GlobalSecondaryIndexes"] = [index("by_g", "g", "h")]
    plane.call("CreateTable", **request)
    found = plane.run(plane.database.table("t"))
    plane.close()
    return found


def part(kind: str, request: dict[str, Any], table: OpenTable) -> AuthorizationRequest:
    asking = Request(b"POST", b"/", {}, b"", b"", b"")
    return AuthorizationRequest(kind, request, request, table, asking, "us-east-1")


def values(table: OpenTable, key: str, kind: str, **request: Any) -> tuple[str, ...] | None:
    found = CONDITION_KEYS[f"dynamodb:{key}"](part(kind, request, table))
    return None if found is None else tuple(sorted(found))


K = {"pk": {"N": "1.0"}, "sk": {"S": "s"}}


@pytest.mark.parametrize(
    ("kind", "request_", "expected"),
    [
        ("GetItem", {"Key": K}, ("1",)),
        ("PutItem", {"Item": {**K, "v": {"S": "x"}}}, ("1",)),
        ("GetItem", {"Key": {"pk": {"N": "one"}}}, ("",)),
        ("GetItem", {"Key": {"pk": {"N": 1}}}, ("",)),
        ("GetItem", {"Key": {"sk": {"S": "s"}}}, ("",)),
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
def test_attributes(
    table: OpenTable, kind: str, request_: dict[str, Any], expected: tuple[str, ...] | None
) -> None:
    assert values(table, "attributes", kind, **request_) == expected


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
def test_the_rest(
    table: OpenTable, key: str, kind: str, request_: dict[str, Any], expected: Any
) -> None:
    assert values(table, key, kind, **request_) == expected


def of_statement(table: OpenTable, key: str, text: str, *parameters: Any) -> Any:
    request = {"Statement": text, "Parameters": list(parameters)}
    find = statements.CONDITION_KEYS[f"dynamodb:{key}"]
    return find(part("PartiQLSelect", request, table))


@pytest.mark.parametrize(
    ("text", "parameters", "leading", "scans", "names"),
    [
        ("SELECT * FROM t", (), None, ("true",), None),
        ("SELECT a FROM t WHERE pk = 1", (), ("1",), ("false",), {"a", "pk"}),
        ("SELECT * FROM t WHERE pk IN [1, 2]", (), ("1", "2"), ("false",), {"pk"}),
        ("SELECT * FROM t WHERE pk = ?", ({"N": "3.0"},), ("3",), ("false",), {"pk"}),
        ("SELECT * FROM t WHERE v = 1", (), None, ("true",), {"v"}),
        ("INSERT INTO t VALUE {'pk': 4, 'sk': 's'}", (), ("4",), None, {"pk", "sk"}),
        ("UPDATE t SET a = b WHERE pk = 5 AND sk = 's'", (), ("5",), None, {"a", "b", "pk", "sk"}),
        ("DELETE FROM t WHERE pk = 6 AND sk = 's'", (), ("6",), None, {"pk", "sk"}),
        ("DELETE FROM t WHERE sk = 's'", (), ("",), None, {"sk"}),
    ],
)
def test_statements(
    table: OpenTable, text: str, parameters: tuple[Any, ...], leading: Any, scans: Any, names: Any
) -> None:
    assert of_statement(table, "leadingkeys", text, *parameters) == leading
    assert of_statement(table, "fulltablescan", text, *parameters) == scans
    found = of_statement(table, "attributes", text, *parameters)
    assert (None if found is None else set(found)) == names


@pytest.mark.parametrize(
    ("text", "on_failure", "expected"),
    [
        ("SELECT * FROM t", "ALL_OLD", None),
        ("INSERT INTO t VALUE {'pk': 4, 'sk': 's'}", None, ("NONE",)),
        ("INSERT INTO t VALUE {'pk': 4, 'sk': 's'}", "ALL_OLD", ("ALL_OLD",)),
        ("EXISTS(SELECT * FROM t WHERE pk = 1 AND sk = 's')", "ALL_OLD", ("ALL_OLD",)),
        ("DELETE FROM t WHERE pk = 6 AND sk = 's'", None, ("NONE",)),
        ("DELETE FROM t WHERE pk = 6 AND sk = 's'", "ALL_OLD", ("ALL_OLD",)),
        ("DELETE FROM t WHERE pk = 6 AND sk = 's' RETURNING ALL OLD *", None, ("ALL_OLD",)),
        ("UPDATE t SET a = 1 WHERE pk = 5 AND sk = 's'", "NONE", ("NONE",)),
        ("UPDATE t SET a = 1 WHERE pk = 5 AND sk = 's' RETURNING ALL OLD *", None, ("ALL_OLD",)),
        ("UPDATE t SET a = 1 WHERE pk = 5 AND sk = 's' RETURNING all new *", None, ("ALL_NEW",)),
        (
            "UPDATE t SET a = 1 WHERE pk = 5 AND sk = 's' RETURNING MODIFIED OLD *",
            None,
            ("UPDATED_OLD",),
        ),
        (
            "UPDATE t SET a = 1 WHERE pk = 5 AND sk = 's' RETURNING MODIFIED NEW *",
            "ALL_OLD",
            ("ALL_OLD", "UPDATED_NEW"),
        ),
    ],
)
def test_what_statements_return_of_items(
    table: OpenTable, text: str, on_failure: str | None, expected: Any
) -> None:
    request = {"Statement": text, "ReturnValuesOnConditionCheckFailure": on_failure}
    find = statements.CONDITION_KEYS["dynamodb:returnvalues"]
    assert find(part("PartiQLUpdate", request, table)) == expected


def test_statements_have_every_key_that_operations_on_items_have() -> None:
    assert request_parts.CONDITION_KEYS.keys() <= statements.CONDITION_KEYS.keys()
    assert statements.CONDITION_KEYS.keys() - request_parts.CONDITION_KEYS.keys() == {
        "dynamodb:fulltablescan"
    }


def test_partition_attributes_of_statements(table: OpenTable) -> None:
    text = "SELECT a FROM t WHERE pk = 1"
    assert of_statement(table, "firstpartitionkeyvalues", text) == ("1",)
    assert of_statement(table, "secondpartitionkeyvalues", text) is None
