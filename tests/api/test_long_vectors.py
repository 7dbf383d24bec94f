"""Vectors as long as those of models, which are parsed and stored differently from short lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.vectors import NOT_VALID, WRONG, creation, definition, refused, search

LENGTH = 40
DETECTED = "1 validation error detected: "
SPELLED = ("0.50", "1e-5", "-3.2E-2", "7", "+1", "-0", "1.5")
CANONICAL = ("0.5", "0.00001", "-0.032", "7", "1", "0", "1.5")


def numbers(*first: str) -> dict[str, Any]:
    rest = [f"0.{number:03}1" for number in range(LENGTH - len(first))]
    return {"L": [{"N": text} for text in (*first, *rest)]}


def test_long_vectors_are_kept_as_short_ones_are(dynamodb: Any, table_name: str) -> None:
    index = definition(Dimensions=LENGTH, DistanceFunction="EUCLIDEAN")
    other = definition("other", Dimensions=LENGTH, VectorAttribute={"AttributeName": "second"})
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    dynamodb.create_table(**creation(table_name, index, other), StreamSpecification=stream)
    item = {"pk": {"S": "a"}, "embedding": numbers(*SPELLED), "second": numbers("1")}
    kept = {**item, "embedding": numbers(*CANONICAL)}
    put = dynamodb.put_item(TableName=table_name, Item=item, ReturnConsumedCapacity="INDEXES")
    one_by_one = dynamodb.update_item(
        TableName=table_name,
        Key={"pk": {"S": "b"}},
        UpdateExpression="SET embedding = if_not_exists(embedding, :e), #s = :s",
        ExpressionAttributeNames={"#s": "second"},
        ExpressionAttributeValues={":e": item["embedding"], ":s": item["second"]},
        ReturnConsumedCapacity="INDEXES",
    )
    assert put["ConsumedCapacity"] == one_by_one["ConsumedCapacity"]
    put_requests = [{"PutRequest": {"Item": {**item, "pk": {"S": pk}}}} for pk in ("c", "d")]
    dynamodb.batch_write_item(RequestItems={table_name: put_requests})
    transaction: dict[str, Any] = {
        "TransactItems": [{"Put": {"TableName": table_name, "Item": {**item, "pk": {"S": "e"}}}}],
        "ClientRequestToken": table_name[-36:],
    }
    for _ in range(2):  # the second time as a repetition
        dynamodb.transact_write_items(**transaction)
    transaction["TransactItems"][0]["Put"]["Item"]["embedding"] = numbers("2")
    with pytest.raises(dynamodb.exceptions.IdempotentParameterMismatchException):
        dynamodb.transact_write_items(**transaction)
    for pk in "abcde":
        found = dynamodb.get_item(TableName=table_name, Key={"pk": {"S": pk}})["Item"]
        assert found == {**kept, "pk": {"S": pk}}
    wanted = [float(each["N"]) for each in kept["embedding"]["L"]]
    assert dict(search(dynamodb, table_name, *wanted)) == dict.fromkeys("abcde", 0.0)
    answer = dynamodb.search_vectors(
        TableName=table_name, IndexName="other", SearchVector=item["second"]["L"], TopK=1,
        ProjectionExpression="embedding",
    )  # fmt: skip
    assert answer["SearchResults"][0]["Item"] == {"embedding": kept["embedding"]}
    old = dynamodb.put_item(
        TableName=table_name, Item={**item, "embedding": numbers()}, ReturnValues="ALL_OLD",
        ConditionExpression="embedding[0] = :half",
        ExpressionAttributeValues={":half": {"N": "0.5"}},
    )  # fmt: skip
    assert old["Attributes"] == kept
    assert sorted(dict(search(dynamodb, table_name, *wanted, count=4))) == list("bcde")


def test_updates_keep_long_vectors_as_puts_do(dynamodb: Any, table_name: str) -> None:
    index = definition(Dimensions=LENGTH, DistanceFunction="EUCLIDEAN")
    dynamodb.create_table(**creation(table_name, index))
    item = {"pk": {"S": "a"}, "embedding": numbers(*SPELLED), "second": numbers("1")}
    kept = {**item, "embedding": numbers(*CANONICAL)}
    put = dynamodb.put_item(TableName=table_name, Item=item, ReturnConsumedCapacity="INDEXES")
    update: dict[str, Any] = {
        "TableName": table_name,
        "UpdateExpression": "SET embedding = :e, #s = :s",
        "ConditionExpression": "attribute_not_exists(pk)",
        "ExpressionAttributeNames": {"#s": "second"},
        "ExpressionAttributeValues": {":e": item["embedding"], ":s": item["second"]},
    }
    updated = dynamodb.update_item(
        **update, Key={"pk": {"S": "b"}}, ReturnConsumedCapacity="INDEXES"
    )
    assert updated["ConsumedCapacity"] == put["ConsumedCapacity"]
    dynamodb.transact_write_items(TransactItems=[{"Update": {**update, "Key": {"pk": {"S": "c"}}}}])
    insert = f"INSERT INTO \"{table_name}\" VALUE {{'pk': 'd', 'embedding': ?, 'second': ?}}"
    dynamodb.execute_statement(Statement=insert, Parameters=[item["embedding"], numbers("5")])
    changed = f'UPDATE "{table_name}" SET second = ? WHERE pk = ?'
    parameters = [item["second"], {"S": "d"}, item["embedding"]]
    dynamodb.execute_statement(Statement=f"{changed} AND embedding = ?", Parameters=parameters)
    dynamodb.execute_statement(Statement=changed, Parameters=parameters[:2])
    for pk in "abcd":
        found = dynamodb.get_item(TableName=table_name, Key={"pk": {"S": pk}})["Item"]
        assert found == {**kept, "pk": {"S": pk}}
    wanted = [float(each["N"]) for each in kept["embedding"]["L"]]
    assert dict(search(dynamodb, table_name, *wanted)) == dict.fromkeys("abcd", 0.0)


def test_what_long_vectors_are_refused_for(dynamodb: Any, table_name: str) -> None:
    dynamodb.create_table(**creation(table_name, definition(Dimensions=LENGTH)))

    def said(value: Any) -> str:
        item = {"pk": {"S": "a"}, "embedding": value}
        _, single = refused(dynamodb.put_item, TableName=table_name, Item=item)
        batch = {table_name: [{"PutRequest": {"Item": item}}]}
        message = refused(dynamodb.batch_write_item, RequestItems=batch)[1].removeprefix(DETECTED)
        assert message == single.removeprefix(DETECTED)
        key = {"TableName": table_name, "Key": {"pk": {"S": "a"}}}
        updates = [
            refused(
                dynamodb.update_item, **key, ExpressionAttributeValues={":e": value},
                UpdateExpression=f"SET embedding = {operand}",
            )
            for operand in (":e", "if_not_exists(embedding, :e)")
        ]  # fmt: skip
        assert updates[0] == updates[1]
        assert message.removeprefix(WRONG) in updates[0][1]
        return message

    assert said(numbers("1", "4e38")) == (
        f"{NOT_VALID}Invalid value for parameter embedding[1], Value: 4E+38 is outside valid range "
        "[-3.4028235E38, 3.4028235E38]. IndexName: vix"
    )
    long = numbers()
    long["L"].append({"N": "1"})
    assert said(long) == (
        f"{NOT_VALID}Invalid size for parameter embedding, Expected: {LENGTH}, Actual: 41. "
        "IndexName: vix"
    )
    other = numbers()
    other["L"][7] = {"S": "x"}
    assert said(other) == (
        f"{WRONG}Invalid type for parameter embedding[7], Expected: 32-bit floating point number, "
        "Actual: S. IndexName: vix"
    )
    assert said(numbers("1", "x", "y")) == (
        "The parameter cannot be converted to a numeric value: x"
    )
    assert said(numbers("1", "1,2")) == (
        "The parameter cannot be converted to a numeric value: 1,2"
    )
    wrong = {"IndexName": "vix", "TopK": 1, "SearchVector": numbers("1", "4e38")["L"]}
    assert refused(dynamodb.search_vectors, TableName=table_name, **wrong)[1] == (
        "Search vector contains invalid values. All values in the search vector must be a "
        "32-bit floating-point number attribute"
    )
    wrong["SearchVector"] = numbers("1", "1,2")["L"]
    assert refused(dynamodb.search_vectors, TableName=table_name, **wrong)[1].startswith(
        "Search vector contains invalid values."
    )
