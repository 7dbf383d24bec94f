"""The tables of a model as requests and items."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.modelling.model import ModelError
from jedlik.modelling.reading import parse_all_facets, parse_model
from jedlik.modelling.tables import parse_facets, parse_table
from tests.unit.modelling.models import document

ANN = {"PK": {"S": "USER#ann"}, "SK": {"S": "PROFILE"}, "name": {"S": "Ann"}}
ORDER = {"PK": {"S": "USER#ann"}, "SK": {"S": "ORDER#1"}, "total": {"N": "1.50"}}


def table(**members: Any) -> dict[str, Any]:
    return {**document()["DataModel"][0], **members}


def facet(**members: Any) -> dict[str, Any]:
    return {"FacetName": "User", "NonKeyAttributes": ["name"], **members}


def test_a_facet_has_the_items_that_were_typed_in_it() -> None:
    users = facet(
        KeyAttributeAlias={"PartitionKeyAlias": "UserId", "SortKeyAlias": "Kind"}, TableData=[ANN]
    )
    given = table(TableData=[ORDER], TableFacets=[users])
    made = parse_table(given)
    assert [item["SK"]["S"] for item in made.items] == ["ORDER#1", "PROFILE"]
    (found,) = parse_facets(given, made)
    assert (found.name, found.aliases, found.items) == ("User", ("UserId", "Kind"), (1,))


def test_a_facet_whose_aliases_are_templates_has_what_they_make() -> None:
    users = facet(
        KeyAttributeAlias={"PartitionKeyAlias": "USER#{id}", "SortKeyAlias": "PROFILE"},
    )
    given = table(TableData=[ORDER, ANN], TableFacets=[users])
    (found,) = parse_facets(given, parse_table(given))
    assert found.items == (1,)


def test_an_alias_that_is_missing_or_no_template_is_a_name() -> None:
    brace = facet(KeyAttributeAlias={"PartitionKeyAlias": "{user"})
    given = table(TableData=[ANN], TableFacets=[brace, facet()])
    assert [(each.aliases, each.items) for each in parse_facets(given, parse_table(given))] == [
        (("{user", "SK"), ()),
        (("PK", "SK"), ()),
    ]


def test_items_are_those_that_the_server_would_keep() -> None:
    given = table(TableData=[ORDER])
    assert parse_table(given).items[0]["total"] == {"N": "1.5"}
    assert ORDER["total"] == {"N": "1.50"}


@pytest.mark.parametrize(
    "members",
    [
        {"TableName": 1},
        {"TableName": ""},
        {"KeyAttributes": {"PartitionKey": {"AttributeName": "PK", "AttributeType": "M"}}},
        {"KeyAttributes": {"PartitionKey": {"AttributeName": "PK", "AttributeType": {}}}},
        {"KeyAttributes": {"PartitionKey": {"AttributeName": ["PK"], "AttributeType": "S"}}},
        {"TableData": [ANN, {"PK": {}}]},
        {"TableData": [{"PK": {"N": "x"}, "SK": {"S": "a"}}]},
        {"TableData": ["x"]},
        {"TableFacets": [{}]},
        {"TableFacets": [{"FacetName": 1}]},
        {"TableFacets": [{"FacetName": "F", "NonKeyAttributes": [1]}]},
        {"TableFacets": [{"FacetName": "F", "KeyAttributeAlias": {"PartitionKeyAlias": 1}}]},
        {"GlobalSecondaryIndexes": [{"IndexName": 1}]},
        {"GlobalSecondaryIndexes": 1},
    ],
)
def test_what_is_no_table_is_said_with_its_place(members: dict[str, Any]) -> None:
    given = {"DataModel": [table(**members)]}
    with pytest.raises(ModelError, match=r"^table 1"):
        parse_all_facets(given, parse_model(given))


@pytest.mark.parametrize("projection", [{"ProjectionType": "SOME"}, {"NonKeyAttributes": "total"}])
def test_what_is_no_projection_is_said(projection: dict[str, Any]) -> None:
    given = table()
    given["GlobalSecondaryIndexes"][0]["Projection"] = projection
    with pytest.raises(ModelError, match=r"^table 1"):
        parse_model({"DataModel": [given]})


def test_sample_data_that_would_take_long_are_refused_where_that_is_asked_for() -> None:
    given = document()
    given["DataModel"][0] |= {"TableData": [ANN, ORDER], "TableFacets": [facet()]}
    assert parse_model(given, most=6).tables[0].items  # two items, two entities and a facet
    with pytest.raises(ModelError, match="too many"):
        parse_model(given, most=5)
