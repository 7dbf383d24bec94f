"""Every operation: a minimal and a complete request pass, and each required member is required."""

from __future__ import annotations

import copy
from typing import Any

import orjson
import pytest

from jedlik.base.errors import SerializationException, ValidationException
from jedlik.services.dynamodb.amendments import MEMBERS
from jedlik.services.dynamodb.inputs import BY_NAME, OPERATIONS, checker_for
from tests.unit.services.dynamodb.minimal import minimal, structure_of, structures

NAMES = sorted(BY_NAME)


def refusal(operation: str, payload: Any) -> str:
    with pytest.raises(ValidationException) as caught:
        checker_for(operation)(payload)
    return caught.value.message


def test_all_operations_of_both_services_are_there() -> None:
    services = [target.partition(".")[0] for target in OPERATIONS]
    assert services.count("DynamoDB_20120810") == 62
    assert services.count("DynamoDBStreams_20120810") == 4
    assert len(BY_NAME) == len(OPERATIONS)


def test_operations_are_found_by_target() -> None:
    operation = OPERATIONS["DynamoDBStreams_20120810.GetRecords"]
    assert operation.name == "GetRecords"
    assert operation.target == "DynamoDBStreams_20120810.GetRecords"
    assert "Records" in operation.output
    assert "TrimmedDataAccessException" in operation.errors
    with pytest.raises(KeyError):
        checker_for("NoSuchOperation")


@pytest.mark.parametrize("whole", [False, True])
def test_valid_requests_pass_untouched(whole: bool) -> None:
    for operation in NAMES:
        payload = minimal(structure_of(operation), whole)
        # As on the wire: parsed strings are never the constants that the shapes hold.
        payload = orjson.loads(orjson.dumps(payload))
        before = copy.deepcopy(payload)
        assert structure_of(operation).accepts(payload), operation
        assert checker_for(operation)(payload) is payload
        assert payload == before


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("null", [False, True])
def test_each_required_member_is_missed(whole: bool, null: bool) -> None:
    for operation in NAMES:
        check_that_each_required_member_is_missed(operation, whole=whole, null=null)


def check_that_each_required_member_is_missed(operation: str, *, whole: bool, null: bool) -> None:
    shape = structure_of(operation)
    payload = minimal(shape, whole)
    for structure, value, path in list(structures(shape, payload)):
        for name, member in structure.ordered:
            if not member.required or (member.unless and member.unless in value):
                continue
            kept = value.pop(member.name)
            if null:
                value[member.name] = None
            where = f"{path}.{name}" if path else name
            expected = member.missing or (
                f"1 validation error detected: Value null at '{where}' failed to satisfy "
                "constraint: Member must not be null"
            )
            assert refusal(operation, payload) == expected, operation
            value[member.name] = kept
    checker_for(operation)(payload)


def test_optional_members_may_be_null_and_unknown_ones_are_ignored() -> None:
    for operation in NAMES:
        shape = structure_of(operation)
        payload = minimal(shape)
        extra: dict[str, Any] = {
            member.name: None for member in shape.members.values() if member.name not in payload
        }
        payload |= extra
        given = {**payload, "NoSuchMember": {"S": 1}}
        assert checker_for(operation)(given) == payload, operation


def test_unknown_members_are_left_out_wherever_they_are() -> None:
    write = {"Put": {"TableName": "ttt", "Item": {"IndexName": {"S": "x"}}}}
    known = {"TransactItems": [write]}
    given = {
        "TransactItems": [{**write, "Select": "COUNT"} | {"Put": {**write["Put"], "IndexName": 7}}]
    }
    assert checker_for("TransactWriteItems")(given) == known
    assert given["TransactItems"][0]["Put"]["IndexName"] == 7
    reads = {"RequestItems": {"ttt": {"Keys": [{"pk": {"S": "x"}}], "Select": "COUNT"}}}
    checked = checker_for("BatchGetItem")(reads)
    assert checked == {"RequestItems": {"ttt": {"Keys": [{"pk": {"S": "x"}}]}}}


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ("x", "Unexpected value type in payload"),
        (1, "Unexpected value type in payload"),
        (None, "Unexpected value type in payload"),
        ([], "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.{}"),
    ],
)
def test_a_request_is_an_object(payload: Any, text: str) -> None:
    for operation in NAMES:
        with pytest.raises(SerializationException) as caught:
            checker_for(operation)(payload)
        assert caught.value.message == text.format(BY_NAME[operation].input_shape)


def test_every_amendment_hits_a_member() -> None:
    seen = set()
    for operation in NAMES:
        shape = structure_of(operation)
        for structure, _, _ in structures(shape, minimal(shape, whole=True)):
            seen |= {(structure.name, name) for name in structure.members}
    assert set(MEMBERS) <= seen


def test_failures_are_collected_in_the_services_order() -> None:
    """As quoted in public issues: select, indexName, returnConsumedCapacity, tableName."""
    request = {
        "TableName": "",
        "IndexName": "",
        "ReturnConsumedCapacity": "INVALID",
        "Select": "INVALID",
    }
    assert refusal("Query", request) == (
        "5 validation errors detected: "
        "Value 'INVALID' at 'select' failed to satisfy constraint: Member must satisfy enum value "
        "set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]; "
        "Value '' at 'indexName' failed to satisfy constraint: "
        "Member must have length greater than or equal to 3; "
        "Value '' at 'indexName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; "
        "Value 'INVALID' at 'returnConsumedCapacity' failed to satisfy constraint: "
        "Member must satisfy enum value set: [INDEXES, TOTAL, NONE]; "
        "Value '' at 'tableName' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1"
    )


NO_NAME = (
    "Value at 'TableName' failed to satisfy constraint: Member must have length greater than or "
    "equal to 1"
)
NO_SUCH_RETURN = (
    "Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, "
    "ALL_NEW, UPDATE_NEW, NONE]"
)
NO_KEY = "Value null at 'key' failed to satisfy constraint: Member must not be null"


@pytest.mark.parametrize(
    ("operation", "request_", "text"),
    [
        ("PutItem", {"TableName": "", "ReturnValues": "NO"}, NO_NAME),
        ("DeleteItem", {"TableName": "", "Key": {}}, NO_NAME),
        ("UpdateItem", {"TableName": "", "Key": {}}, NO_NAME),
        (
            "UpdateItem",
            {"TableName": "abc", "Key": {}, "ReturnConsumedCapacity": "NO", "ReturnValues": "NO"},
            NO_SUCH_RETURN,
        ),
    ],
)
def test_failures_that_are_reported_alone(
    operation: str, request_: dict[str, Any], text: str
) -> None:
    """Recorded from the service in September 2026; in other operations it reports all failures
    together."""
    assert refusal(operation, request_) == f"1 validation error detected: {text}"


def test_an_update_without_a_key_is_refused_in_the_older_words_all_together() -> None:
    assert refusal("UpdateItem", {"TableName": ""}) == (
        "2 validation errors detected: Value '' at 'tableName' failed to satisfy constraint: "
        f"Member must have length greater than or equal to 1; {NO_KEY}"
    )
    both = {"TableName": "abc", "ReturnConsumedCapacity": "NO", "ReturnValues": "NO"}
    assert refusal("UpdateItem", both) == (
        "3 validation errors detected: Value 'NO' at 'returnConsumedCapacity' failed to satisfy "
        "constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]; "
        "Value 'NO' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value "
        f"set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]; {NO_KEY}"
    )


def test_the_order_of_failures_of_writes() -> None:
    values = {"TableName": "abc", "ReturnValues": "NO", "ReturnConsumedCapacity": "NO"}
    capacity = (
        "Value 'NO' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy "
        "enum value set: [INDEXES, TOTAL, NONE]"
    )
    for operation, member in (("PutItem", "Item"), ("DeleteItem", "Key")):
        text = refusal(operation, {**values, member: {}})
        assert text == f"2 validation errors detected: {capacity}; {NO_SUCH_RETURN}"


def test_an_unknown_conditional_operator_ends_the_check_of_a_query() -> None:
    request = {"TableName": "abc", "ConditionalOperator": "XOR", "Select": "NO"}
    assert refusal("Query", request) == (
        "Failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]"
    )


def test_put_item_reports_all_other_failures_together() -> None:
    """As the service was seen to, where UpdateItem stops at the first."""
    request = {"TableName": "abc", "ReturnValues": "NO", "ReturnConsumedCapacity": "NO"}
    text = refusal("PutItem", request)
    assert text.startswith("3 validation errors detected: ")
    for member in ("'NO' at 'returnConsumedCapacity'", "null at 'item'"):
        assert f"Value {member} failed to satisfy constraint: " in text
    assert NO_SUCH_RETURN in text


def test_no_more_than_ten_failures_are_reported() -> None:
    schema = [{"AttributeName": "a", "KeyType": "no"}] * 20
    message = refusal("CreateTable", {"TableName": "abc", "KeySchema": schema})
    assert message.startswith("10 validation errors detected: ")
    assert message.count("failed to satisfy") == 10


def test_the_first_wrong_type_wins_over_constraints() -> None:
    with pytest.raises(SerializationException) as caught:
        checker_for("Query")({"TableName": "", "Limit": "1", "IndexName": 5})
    assert caught.value.message == "STRING_VALUE cannot be converted to Integer"
    with pytest.raises(SerializationException) as caught:
        checker_for("Query")({"TableName": "", "IndexName": 5, "Limit": "1"})
    assert caught.value.message == "NUMBER_VALUE cannot be converted to String"


def test_what_the_service_reads_otherwise_comes_back_in_a_copy() -> None:
    start: dict[str, Any] = {"pk": {"S": "x"}}
    payload = {
        "TableName": "abc", "Limit": 2.9, "ConsistentRead": "True", "Other": [],
        "ExclusiveStartKey": start,
    }  # fmt: skip
    before = copy.deepcopy(payload)
    read = checker_for("Scan")(payload)
    assert read == {
        "TableName": "abc", "Limit": 2, "ConsistentRead": True, "ExclusiveStartKey": start,
    }  # fmt: skip
    assert payload == before
    assert read["ExclusiveStartKey"] is start


def test_a_huge_refused_request_has_a_bounded_answer() -> None:
    message = refusal("TransactWriteItems", {"TransactItems": [{}] * 100_000})
    assert "Member must have length less than or equal to 100" in message
    assert len(message) < 100_000
