"""NoSQL Workbench models as seeds."""

from __future__ import annotations

from typing import Any

from jedlik.seeding.workbench import definition, items, read

TABLE: dict[str, Any] = {
    "TableName": "Payments",
    "KeyAttributes": {
        "PartitionKey": {"AttributeName": "PK", "AttributeType": "S"},
        "SortKey": {"AttributeName": "SK", "AttributeType": "S"},
    },
}


def item(sort: str, **members: Any) -> dict[str, Any]:
    return {"PK": {"S": "A"}, "SK": {"S": sort}, **members}


def facet(*data: dict[str, Any]) -> dict[str, Any]:
    return {"FacetName": "F", "TableData": list(data)}


def test_data_are_the_tables_own_and_those_of_its_facets() -> None:
    mail, name = {"mail": {"S": "a@b"}}, {"name": {"S": "Ann"}}
    table = {**TABLE, "TableData": [item("1", **mail)]}
    table["TableFacets"] = [facet(item("1", **name)), facet(item("2"), item("1", mail={"S": "x"}))]
    assert items(table) == [item("1", **name, **mail), item("2")]
    assert read({"DataModel": [table]}, "file").items == {"Payments": items(table)}


def test_a_table_without_data_has_none() -> None:
    empty = {**TABLE, "TableFacets": None, "TableData": None}
    assert items(empty) == []
    assert read({"DataModel": [empty]}, "file").items == {}


def test_a_sort_key_may_be_said_not_to_be_there() -> None:
    keys = {**TABLE["KeyAttributes"], "SortKey": None}
    made = definition({**TABLE, "KeyAttributes": keys})
    assert [key["AttributeName"] for key in made["KeySchema"]] == ["PK"]
