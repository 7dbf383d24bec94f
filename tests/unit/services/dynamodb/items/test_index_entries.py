"""Entries that refer to their items answer as those that are copies of them, and cost the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.services.dynamodb.tables.catalog import CatalogDraft
from tests.control_plane import ControlPlane, attributes, index, on_demand
from tests.keeper import Keeper
from tests.properties import examples
from tests.stored_rows import counted, held, rows

Request = dict[str, Any]
TABLES = ("refers", "copies")
ENCRYPTED: Request = {"SSESpecification": {"Enabled": True}}


@contextmanager
def planes(**settings: Any) -> Iterator[ControlPlane]:
    """A database with the same table twice; the entries of the second one are copies, as those of
    indexes that were made before there were references."""
    plane = Keeper()
    try:
        for name in TABLES:
            plane.call(
                "CreateTable",
                **{
                    **on_demand(name, "p", "/s"),
                    "AttributeDefinitions": attributes("p", "s:N", "g", "h:N"),
                    "LocalSecondaryIndexes": [index("local", "p", "/h")],
                    "GlobalSecondaryIndexes": [
                        index("sorted", "g", "/h"),
                        index("plain", "g"),
                        index("keys", "g", "/h", kind="KEYS_ONLY"),
                    ],
                    **settings,
                },
            )
        keep_copies(plane, "copies")
        yield plane
    finally:
        plane.close()


def keep_copies(plane: ControlPlane, name: str) -> None:
    def decide(draft: CatalogDraft) -> None:
        table = draft.table(name)
        assert table is not None
        indexes = tuple(replace(each, refers=False) for each in table.indexes)
        draft.put(replace(table, indexes=indexes))

    plane.run(plane.database.catalog.change((name,), decide))


def both(plane: ControlPlane, operation: str, **request: Any) -> Any:
    """The answer, which is the same for both tables."""
    answers = [
        without_names(plane.call(operation, **{**request, "TableName": name})) for name in TABLES
    ]
    assert answers[0] == answers[1]
    return answers[0]


def without_names(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {key: without_names(value) for key, value in answer.items() if key != "TableName"}
    return answer


texts = st.sampled_from(["x", "x\x00", "x\x00\x01", "é", "long " * 400])
numbers = st.sampled_from(["-1.5", "0", "2", "10"])
keys = st.fixed_dictionaries(
    {"p": st.fixed_dictionaries({"S": texts}), "s": st.fixed_dictionaries({"N": numbers})}
)
rest = st.fixed_dictionaries(
    {},
    optional={
        "g": st.fixed_dictionaries({"S": texts}),
        "h": st.fixed_dictionaries({"N": numbers}),
        "v": st.fixed_dictionaries({"S": texts}),
    },
)
writes = st.lists(
    st.tuples(st.sampled_from(["PutItem", "UpdateItem", "DeleteItem"]), keys, rest), max_size=25
)
reads = st.fixed_dictionaries(
    {
        "IndexName": st.sampled_from(["sorted", "plain", "keys"]),
        "KeyConditionExpression": st.just("g = :g"),
        "ExpressionAttributeValues": st.fixed_dictionaries(
            {":g": st.fixed_dictionaries({"S": texts})}
        ),
        "ScanIndexForward": st.booleans(),
        "Limit": st.integers(1, 4),
    },
    optional={"Select": st.just("COUNT"), "ProjectionExpression": st.just("h, s")},
).filter(lambda read: not ("Select" in read and "ProjectionExpression" in read))


def write(plane: ControlPlane, operation: str, key: Request, others: Request) -> None:
    request: Request = {"ReturnConsumedCapacity": "INDEXES", "ReturnValues": "ALL_OLD"}
    if operation == "PutItem":
        both(plane, operation, **request, Item={**key, **others})
    elif operation == "DeleteItem" or not others:
        both(plane, "DeleteItem", **request, Key=key)
    else:
        sets = ", ".join(f"{name} = :{name}" for name in others)
        values = {f":{name}": value for name, value in others.items()}
        update = {"UpdateExpression": f"SET {sets}", "ExpressionAttributeValues": values}
        both(plane, operation, **request, Key=key, **update)


def read_all(plane: ControlPlane, operation: str, request: Request) -> None:
    """All pages, with what they consume."""
    request = {**request, "ReturnConsumedCapacity": "INDEXES"}
    while last := both(plane, operation, **request).get("LastEvaluatedKey"):
        request["ExclusiveStartKey"] = last


def check(plane: ControlPlane, read: Request) -> None:
    read_all(plane, "Query", read)
    for name in ("local", "sorted", "plain", "keys"):
        read_all(plane, "Scan", {"IndexName": name, "Limit": 3})
        filtered = {
            "FilterExpression": "s > :s",
            "ExpressionAttributeValues": {":s": {"N": "0"}},
            "ConsistentRead": name == "local",
        }
        read_all(plane, "Scan", {"IndexName": name, **filtered})
    statements = [
        plane.call("ExecuteStatement", Statement=f'SELECT * FROM "{name}"."sorted"')["Items"]
        for name in TABLES
    ]
    assert statements[0] == statements[1]
    for name in TABLES:
        table = plane.run(plane.database.table(name))
        for each in table.secondary:
            assert counted(plane, table.id, each.id) == held(plane, table.id, each.id)


@examples(60)
@given(writes, reads)
def test_references_answer_as_copies_do(
    history: list[tuple[str, Request, Request]], read: Request
) -> None:
    with planes() as plane:
        for each in history:
            write(plane, *each)
        check(plane, read)


@examples(20)
@given(writes, reads)
def test_references_of_an_encrypted_table_do_too(
    history: list[tuple[str, Request, Request]], read: Request
) -> None:
    with planes(**ENCRYPTED) as plane:
        for each in history:
            write(plane, *each)
        check(plane, read)


def item(number: int, **others: Any) -> Request:
    return {"p": {"S": "p"}, "s": {"N": str(number)}, "g": {"S": "g"}, "h": {"N": "1"}, **others}


def test_pages_end_at_a_megabyte_of_items() -> None:
    with planes() as plane:
        for number in range(12):
            both(plane, "PutItem", Item=item(number, v={"S": "x" * 190_000}))
        query = {
            "KeyConditionExpression": "g = :g",
            "ExpressionAttributeValues": {":g": {"S": "g"}},
            "ReturnConsumedCapacity": "INDEXES",
        }
        for name in ("sorted", "plain"):
            page = both(plane, "Query", IndexName=name, **query)
            assert page["Count"] == 6
            read_all(plane, "Query", {"IndexName": name, **query})
            read_all(plane, "Query", {"IndexName": name, **query, "ScanIndexForward": False})


def test_a_write_that_changes_no_index_key_leaves_a_reference_alone() -> None:
    with planes() as plane:
        table = plane.run(plane.database.table("refers"))
        both(plane, "PutItem", Item=item(1))
        before = [rows(plane, each.prefix) for each in table.secondary]
        written: list[bytes] = []
        engine = plane._engine
        put = engine._put
        engine._put = lambda key, value: (written.append(key), put(key, value))[1]  # type: ignore[method-assign]
        plane.call(
            "UpdateItem",
            TableName="refers",
            Key={name: item(1)[name] for name in ("p", "s")},
            UpdateExpression="SET v = :v",
            ExpressionAttributeValues={":v": {"S": "later"}},
        )
        assert [rows(plane, each.prefix) for each in table.secondary] == before
        assert not [key for each in table.secondary for key in written if each.prefix == key[:9]]
        (found,) = plane.call("Scan", TableName="refers", IndexName="plain")["Items"]
        assert found["v"] == {"S": "later"}


@pytest.mark.parametrize("settings", [{}, ENCRYPTED])
def test_an_entry_of_an_index_with_all_attributes_holds_none(settings: Request) -> None:
    with planes(**settings) as plane:
        both(plane, "PutItem", Item=item(1, v={"S": "x" * 1000}))
        table = plane.run(plane.database.table("refers"))
        kept = {each.name: len(rows(plane, each.prefix)[0][1]) for each in table.secondary}
        assert kept["local"] == kept["sorted"] == kept["plain"] == 4
        assert kept["keys"] > 4


def test_an_entry_without_its_item_is_left_out() -> None:
    with planes() as plane:
        for number in range(3):
            both(plane, "PutItem", Item=item(number))
        table = plane.run(plane.database.table("refers"))
        plane._engine._put(rows(plane, table.prefix)[1][0], None)
        page = plane.call("Scan", TableName="refers", IndexName="plain")
        assert [each["s"]["N"] for each in page["Items"]] == ["0", "2"]
