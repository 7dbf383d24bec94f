from __future__ import annotations

from typing import Any

import pytest

from jedlik.modelling.model import ModelError
from jedlik.modelling.reading import parse_model
from jedlik.modelling.tables import parse_table
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
    made = parse_table(table(TableData=[ORDER], TableFacets=[users]))
    assert [item["SK"]["S"] for item in made.items] == ["ORDER#1", "PROFILE"]
    (found,) = made.facets
    assert (found.name, found.aliases, found.items) == ("User", ("UserId", "Kind"), (1,))


def test_a_facet_whose_aliases_are_templates_has_what_they_make() -> None:
    users = facet(
        KeyAttributeAlias={"PartitionKeyAlias": "USER#{id}", "SortKeyAlias": "PROFILE"},
    )
    made = parse_table(table(TableData=[ORDER, ANN], TableFacets=[users]))
    assert made.facets[0].items == (1,)


def test_an_alias_that_is_missing_or_no_template_is_a_name() -> None:
    brace = facet(KeyAttributeAlias={"PartitionKeyAlias": "{user"})
    made = parse_table(table(TableData=[ANN], TableFacets=[brace, facet()]))
    assert [(each.aliases, each.items) for each in made.facets] == [
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
        {"TableFacets": [{"FacetName": "F"}] * 201},
        {"TableFacets": [{"FacetName": 1}]},
        {"TableFacets": [{"FacetName": "F", "NonKeyAttributes": [1]}]},
        {"TableFacets": [{"FacetName": "F", "KeyAttributeAlias": {"PartitionKeyAlias": 1}}]},
        {"GlobalSecondaryIndexes": [{"IndexName": 1}]},
        {"GlobalSecondaryIndexes": 1},
    ],
)
def test_what_is_no_table_is_said_with_its_place(members: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match=r"^table 1"):
        parse_model({"DataModel": [table(**members)]})


@pytest.mark.parametrize("projection", [{"ProjectionType": "SOME"}, {"NonKeyAttributes": "total"}])
def test_what_is_no_projection_is_said(projection: dict[str, Any]) -> None:
    given = table()
    given["GlobalSecondaryIndexes"][0]["Projection"] = projection
    with pytest.raises(ModelError, match=r"^table 1"):
        parse_model({"DataModel": [given]})
