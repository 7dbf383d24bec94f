"""The examples of the public PartiQL reference (developer guide, "PartiQL for DynamoDB: A
SQL-compatible query language"), through boto3, with the results that it documents."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Any
SONG = {"Artist": {"S": "Acme Band"}, "SongTitle": {"S": "PartiQL Rocks"}}
KEY = "Artist='Acme Band' AND SongTitle='PartiQL Rocks'"


def create(client: Client, name: str, *keys: tuple[str, str]) -> str:
    """A table with these keys (name and type), partition key first."""
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind} for key, kind in keys],
        KeySchema=[
            {"AttributeName": key, "KeyType": role}
            for (key, _), role in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


@pytest.fixture
def music(dynamodb: Client, table_name: str) -> str:
    return create(dynamodb, table_name, ("Artist", "S"), ("SongTitle", "S"))


@pytest.fixture
def orders(dynamodb: Client, table_name: str) -> str:
    name = create(dynamodb, table_name, ("OrderID", "N"))
    for order, total in ((1, 400), (2, 500), (3, 550), (100, 600), (200, 700)):
        dynamodb.execute_statement(
            Statement=f"INSERT INTO \"{name}\" VALUE {{'OrderID': {order}, 'Total': {total}, "
            f"'Address': 'some address {order}'}}"
        )
    return name


def run(client: Client, text: str, *parameters: Any, **members: Any) -> list[dict[str, Any]]:
    if parameters:
        members["Parameters"] = list(parameters)
    items: list[dict[str, Any]] = client.execute_statement(Statement=text, **members)["Items"]
    return items


def failure(client: Client, text: str, **members: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        client.execute_statement(Statement=text, **members)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


# --- Insert, update, delete -----------------------------------------------------------------------


def test_an_item_is_inserted_once(dynamodb: Client, music: str) -> None:
    text = f"INSERT INTO \"{music}\" value {{'Artist' : 'Acme Band','SongTitle' : 'PartiQL Rocks'}}"
    assert run(dynamodb, text) == []
    assert failure(dynamodb, text) == (
        "DuplicateItemException",
        "Duplicate primary key exists in table",
    )
    assert dynamodb.get_item(TableName=music, Key=SONG)["Item"] == SONG


def test_updates_and_what_they_return(dynamodb: Client, music: str) -> None:
    dynamodb.put_item(TableName=music, Item=SONG)
    update = (
        f"UPDATE \"{music}\"\nSET AwardsWon=1\nSET AwardDetail={{'Grammys':[2020, 2018]}}\n"
        f"WHERE {KEY}\n"
    )
    assert run(dynamodb, f"{update}RETURNING ALL OLD *") == [SONG]
    grammys = {"M": {"Grammys": {"L": [{"N": "2020"}, {"N": "2018"}]}}}
    modified = {"AwardDetail": grammys, "AwardsWon": {"N": "1"}}
    assert run(dynamodb, f"{update}RETURNING MODIFIED NEW *") == [modified]
    assert run(dynamodb, f"{update}RETURNING ALL NEW *") == [{**SONG, **modified}]
    for action in (
        "SET AwardDetail.Grammys =list_append(AwardDetail.Grammys,[2016])",
        "REMOVE AwardDetail.Grammys[2]",
        "SET AwardDetail.BillBoard=[2020]",
        "SET BandMembers =<<'member1', 'member2'>>",
        "SET BandMembers =set_add(BandMembers, <<'newbandmember'>>)",
    ):
        assert run(dynamodb, f'UPDATE "{music}" {action} WHERE {KEY}') == []
    item = dynamodb.get_item(TableName=music, Key=SONG)["Item"]
    assert item["AwardDetail"]["M"] == {**grammys["M"], "BillBoard": {"L": [{"N": "2020"}]}}
    assert sorted(item["BandMembers"]["SS"]) == ["member1", "member2", "newbandmember"]


def test_an_item_is_deleted_if_its_condition_holds(dynamodb: Client, music: str) -> None:
    dynamodb.put_item(TableName=music, Item=SONG)
    text = (
        f'DELETE FROM "{music}" WHERE "Artist" = \'Acme Band\' AND "SongTitle" = \'PartiQL Rocks\''
    )
    assert failure(dynamodb, f"{text} AND a = 1")[0] == "ConditionalCheckFailedException"
    assert run(dynamodb, f"{text} RETURNING ALL OLD *") == [SONG]
    assert run(dynamodb, text) == []


def test_data_types(dynamodb: Client, table_name: str) -> None:
    name = create(dynamodb, table_name, ("primarykey", "S"))
    run(
        dynamodb,
        f"INSERT INTO \"{name}\" value {{'primarykey':'1',\n'NumberType':1,\n"
        "'MapType' : {'entryname1': 'value', 'entryname2': 4},\n'ListType': [1,'stringval'],\n"
        "'NumberSetType':<<1,34,32,4.5>>,\n'StringSetType':<<'stringval','stringval2'>>\n}",
    )
    run(
        dynamodb,
        f'UPDATE "{name}"\nSET NumberType=NumberType + 100\n'
        "SET MapType.NewMapEntry=[2020, 'stringvalue', 2.4]\n"
        "SET ListType = LIST_APPEND(ListType, [4, <<'string1', 'string2'>>])\n"
        "SET NumberSetType= SET_ADD(NumberSetType, <<345, 48.4>>)\n"
        "SET StringSetType = SET_ADD(StringSetType, <<'stringsetvalue1', 'stringsetvalue2'>>)\n"
        "WHERE primarykey='1'",
    )
    run(
        dynamodb,
        f'UPDATE "{name}"\nSET NumberType=NumberType - 1\nREMOVE ListType[1]\n'
        "REMOVE MapType.NewMapEntry\nSET NumberSetType = SET_DELETE( NumberSetType, <<345>>)\n"
        "SET StringSetType = SET_DELETE( StringSetType, <<'stringsetvalue1'>>)\n"
        "WHERE primarykey='1'",
    )
    (item,) = run(dynamodb, f"SELECT * FROM \"{name}\" WHERE primarykey='1'")
    assert item["NumberType"] == {"N": "100"}
    assert item["MapType"] == {"M": {"entryname1": {"S": "value"}, "entryname2": {"N": "4"}}}
    assert [next(iter(element)) for element in item["ListType"]["L"]] == ["N", "N", "SS"]
    assert set(item["NumberSetType"]["NS"]) == {"1", "34", "32", "4.5", "48.4"}
    assert set(item["StringSetType"]["SS"]) == {"stringval", "stringval2", "stringsetvalue2"}


# --- Select ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("OrderID = 1", [1]),
        ("OrderID = 1 OR OrderID = 2", [1, 2]),
        ("OrderID = 100 and Address='some address 100'", [100]),
        ("OrderID IN [1, 2, 3] ORDER BY OrderID DESC", [3, 2, 1]),
        ("Total > 500", [3, 100, 200]),
        ("Total IN [500, 600]", [2, 100]),
        ("Total BETWEEN 500 AND 600", [2, 3, 100]),
        ("OrderID > 100", [200]),
        ("OrderID = 100 OR Address='some address 200'", [100, 200]),
        ("begins_with(Address, 'some address 2')", [2, 200]),
        ("contains(Address, '00')", [100, 200]),
        ("size(Address) > 14", [100, 200]),
        ("attribute_type(Total, 'N')", [1, 2, 3, 100, 200]),
        ("Awards is MISSING AND Total < 500", [1]),
    ],
)
def test_a_select_finds_what_its_where_says(
    dynamodb: Client, orders: str, where: str, found: list[int]
) -> None:
    items = run(dynamodb, f'SELECT OrderID, Total\nFROM "{orders}"\nWHERE {where}')
    numbers = [int(item["OrderID"]["N"]) for item in items]
    assert (numbers if "ORDER" in where else sorted(numbers)) == found
    assert all(set(item) == {"OrderID", "Total"} for item in items)


def test_full_scans_show_in_capacity(dynamodb: Client, orders: str) -> None:
    dynamodb.put_item(TableName=orders, Item={"OrderID": {"N": "9"}, "x": {"S": "x" * 100_000}})

    def units(where: str) -> float:
        answer = dynamodb.execute_statement(
            Statement=f'SELECT OrderID FROM "{orders}" WHERE {where}',
            ReturnConsumedCapacity="TOTAL",
        )
        figure: float = answer["ConsumedCapacity"]["CapacityUnits"]
        return figure

    assert units("OrderID = 100") == 0.5
    assert units("Total = 500") > 10
    assert units("OrderID > 1") > 10


def test_document_paths(dynamodb: Client, table_name: str) -> None:
    name = create(dynamodb, table_name, ("CustomerID", "S"), ("MovieID", "S"))
    run(
        dynamodb,
        f"INSERT INTO {quoted(name)} VALUE {{'CustomerID': 'C1', 'MovieID': 'M1', 'Devices': "
        "{'FireStick': {'DateWatched': ['12/13/19', '1/1/20']}}}",
    )
    assert run(
        dynamodb,
        f"SELECT Devices.FireStick.DateWatched[0] FROM {quoted(name)} "
        "WHERE CustomerID= 'C1' AND MovieID= 'M1'",
    ) == [{"DateWatched[0]": {"S": "12/13/19"}}]
    assert run(
        dynamodb,
        f"SELECT Devices FROM {quoted(name)} WHERE Devices.FireStick.DateWatched[0] >= '12/12/19'",
    )


def quoted(name: str) -> str:
    return f'"{name}"'


def test_a_select_is_continued_with_its_token(dynamodb: Client, orders: str) -> None:
    found, token = [], {}
    while True:
        page = dynamodb.execute_statement(
            Statement=f'SELECT OrderID FROM "{orders}"', Limit=2, **token
        )
        found += page["Items"]
        if "NextToken" not in page:
            break
        assert page["LastEvaluatedKey"] == page["Items"][-1]
        token = {"NextToken": page["NextToken"]}
    assert len(found) == 5


def test_parameters_of_every_type(dynamodb: Client, music: str) -> None:
    values = {
        "s": {"S": "x"}, "n": {"N": "1.5"}, "b": {"B": b"\x00\xff"}, "ss": {"SS": ["a"]},
        "ns": {"NS": ["1"]}, "bs": {"BS": [b"x"]}, "m": {"M": {"x": {"L": [{"NULL": True}]}}},
        "t": {"BOOL": True},
    }  # fmt: skip
    names = ", ".join(f"'{name}': ?" for name in values)
    run(
        dynamodb,
        f"INSERT INTO \"{music}\" VALUE {{'Artist': 'a', 'SongTitle': 'b', {names}}}",
        *values.values(),
    )
    where = " AND ".join(f"{name} = ?" for name in values)
    (item,) = run(
        dynamodb, f"SELECT * FROM \"{music}\" WHERE Artist = 'a' AND {where}", *values.values()
    )
    assert {name: item[name] for name in values} == values


def test_errors_of_statements(dynamodb: Client, music: str) -> None:
    assert failure(dynamodb, f'SELECT * FROM "{music}" WHERE Artist = 1 foo') == (
        "ValidationException",
        "Statement wasn't well formed, can't be processed: Unexpected token after expression",
    )
    assert failure(dynamodb, "SELECT * FROM nope")[0] == "ResourceNotFoundException"
    assert "length less than or equal to 8192" in failure(dynamodb, "x" * 8193)[1]
    assert failure(dynamodb, f"UPDATE \"{music}\" SET a = 1 WHERE Artist = 'x'") == (
        "ValidationException",
        "Where clause does not contain a mandatory equality on all key attributes",
    )


# --- Batches and transactions ---------------------------------------------------------------------


def test_each_statement_of_a_batch_has_its_own_outcome(dynamodb: Client, music: str) -> None:
    dynamodb.put_item(TableName=music, Item=SONG)
    update = (
        f"UPDATE \"{music}\" SET AwardsWon=1 SET AwardDetail={{'Grammys':[2020, 2018]}}  "
        "where Artist='Acme Band' and SongTitle='PartiQL Rocks'"
    )
    answer = dynamodb.batch_execute_statement(
        Statements=[
            {
                "Statement": f"INSERT INTO \"{music}\" value {{'Artist':?,'SongTitle':?}}",
                "Parameters": [{"S": "Acme Band"}, {"S": "Best Song"}],
            },
            {"Statement": f"{update} AND a = 1", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"},
            {"Statement": "SELEC"},
        ]
    )["Responses"]
    assert answer[0] == {"TableName": music}
    assert answer[1]["Error"]["Code"] == "ConditionalCheckFailed"
    assert answer[1]["Error"]["Item"] == SONG
    assert answer[2]["Error"]["Code"] == "ValidationError"
    (updated,) = dynamodb.batch_execute_statement(Statements=[{"Statement": update}])["Responses"]
    assert updated == {"TableName": music}
    reads = [
        {"Statement": f'SELECT SongTitle FROM "{music}" WHERE {KEY}', "ConsistentRead": True},
        {"Statement": f"SELECT * FROM \"{music}\" WHERE Artist='x' AND SongTitle='y'"},
        {"Statement": f"SELECT * FROM \"{music}\" WHERE Artist='Acme Band'"},
        {"Statement": "SELECT * FROM nope WHERE a = 1"},
    ]
    found = dynamodb.batch_execute_statement(Statements=reads, ReturnConsumedCapacity="TOTAL")
    assert [sorted(response) for response in found["Responses"]] == [
        ["Item", "TableName"], ["TableName"], ["Error", "TableName"], ["Error"],
    ]  # fmt: skip
    assert found["ConsumedCapacity"] == [{"TableName": music, "CapacityUnits": 1.5}]
    with pytest.raises(ClientError):
        dynamodb.batch_execute_statement(Statements=[reads[0], {"Statement": update}])
    with pytest.raises(ClientError):
        dynamodb.batch_execute_statement(Statements=[{"Statement": update}] * 26)


def test_statements_of_a_transaction_succeed_together(dynamodb: Client, music: str) -> None:
    dynamodb.put_item(TableName=music, Item=SONG)
    check = (
        f"EXISTS(SELECT * FROM \"{music}\" where Artist='No One You Know' "
        "and SongTitle='Call Me Today' and Awards is  MISSING)"
    )
    statements = [
        {"Statement": check},
        {
            "Statement": f"INSERT INTO \"{music}\" value {{'Artist':?,'SongTitle':?}}",
            "Parameters": [{"S": "Acme Band"}, {"S": "Best Song"}],
        },
        {"Statement": f'UPDATE "{music}" SET AwardsWon=1 where {KEY}'},
    ]
    request = {"TransactStatements": statements, "ReturnConsumedCapacity": "TOTAL"}
    token = str(uuid.uuid4())  # tokens are the server's, and it is shared
    first = dynamodb.execute_transaction(ClientRequestToken=token, **request)
    assert first["Responses"] == []
    assert first["ConsumedCapacity"] == [
        {"TableName": music, "CapacityUnits": 6.0, "WriteCapacityUnits": 6.0}
    ]
    again = dynamodb.execute_transaction(ClientRequestToken=token, **request)
    assert again["ConsumedCapacity"][0]["ReadCapacityUnits"] == 6.0
    with pytest.raises(ClientError) as raised:
        dynamodb.execute_transaction(**request)
    assert [reason["Code"] for reason in raised.value.response["CancellationReasons"]] == [
        "None", "DuplicateItem", "None",
    ]  # fmt: skip
    with pytest.raises(ClientError) as raised:
        dynamodb.execute_transaction(ClientRequestToken=token, TransactStatements=statements[:1])
    assert raised.value.response["Error"]["Code"] == "IdempotentParameterMismatchException"
    found = dynamodb.execute_transaction(
        TransactStatements=[
            {"Statement": f'SELECT AwardsWon FROM "{music}" WHERE {KEY}'},
            {"Statement": f"SELECT * FROM \"{music}\" WHERE Artist='x' AND SongTitle='y'"},
        ]
    )
    assert found["Responses"] == [{"Item": {"AwardsWon": {"N": "1"}}}, {}]
