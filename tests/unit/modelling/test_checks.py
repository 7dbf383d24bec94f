"""What is found wrong with models, and what they cost."""

from typing import Any

import pytest

from jedlik.modelling.checks import check
from jedlik.modelling.model import ModelError
from jedlik.modelling.reading import parse_model
from jedlik.modelling.serving import Grade
from tests.unit.modelling.models import document, key, model, pattern


def entity(**members: Any) -> dict[str, Any]:
    return {"Name": "E", "Keys": {"PK": "E#{id}", "SK": "E"}, "ItemBytes": 100, **members}


def test_a_good_model_has_no_findings() -> None:
    report = check(model())
    assert report.grade is Grade.GOOD
    assert report.as_json()["patterns"][0]["servedBy"] == "T, Query"


def test_entities_with_the_same_keys_write_over_each_other() -> None:
    twice = [entity(), entity(Name="F", Keys={"PK": "E#{other}", "SK": "E"})]
    report = check(parse_model(document(Entities=twice)))
    assert [found.text for found in report.findings] == [
        "has the same keys as E, and would write over its items"
    ]
    apart = [entity(), entity(Name="F", Keys={"PK": "E#{other}", "SK": "F"})]
    assert check(parse_model(document(Entities=apart))).findings == []


def test_items_larger_than_the_service_takes() -> None:
    report = check(parse_model(document(Entities=[entity(ItemBytes=409_601)])))
    assert report.grade is Grade.RED
    assert check(parse_model(document(Entities=[entity(ItemBytes=409_600)]))).findings == []


def test_collections_end_at_10_gb_where_there_are_local_indexes() -> None:
    large = [entity(PerCollection=12_000_000, ItemBytes=1000)]
    given = document(Entities=large)
    assert check(parse_model(given)).findings == []
    given["DataModel"][0]["LocalSecondaryIndexes"] = [
        {
            "IndexName": "local",
            "KeyAttributes": {"PartitionKey": key("PK"), "SortKey": key("other")},
            "Projection": {"ProjectionType": "ALL"},
        }
    ]
    (found,) = check(parse_model(given)).findings
    assert (found.grade, found.about) == (Grade.RED, "T")
    assert "11.2 GB" in found.text


def test_sample_data_of_no_entity() -> None:
    given = document(Entities=[entity()])
    item = {"PK": {"S": "E#1"}, "SK": {"S": "E"}}
    given["DataModel"][0]["TableData"] = [item, {"PK": {"S": "X#1"}, "SK": {"S": "E"}}]
    (found,) = check(parse_model(given)).findings
    assert "item 2 of its data is of no entity" in found.text


def test_a_month_costs_units_times_their_price() -> None:
    reads = check(model(Items=1, PerSecond=1)).cost
    assert reads.requests["p"] == pytest.approx(0.5 * 730 * 3600 * 0.125 / 1e6)
    writes = check(model(Operation="PutItem", PerSecond=1)).cost
    assert writes.requests["p"] == pytest.approx(2 * 730 * 3600 * 0.625 / 1e6)
    assert writes.total == pytest.approx(writes.requests["p"] + writes.storage)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"Entities": [{"Name": "E", "Keys": {"PK": "E#{id}"}}]},
            "entity 1: Keys say nothing of SK",
        ),
        ({"Entities": [entity(Table="none")]}, "entity 1 has no 'none'"),
        ({"Entities": [entity(Keys={"PK": "E#{", "SK": "E"})]}, "entity 1: 'E#{'"),
        ({"Entities": [entity(Count=0)]}, "Count is not a number above 0"),
        ({"Entities": {}}, "Entities is not a list"),
        ({"Entities": [None]}, "entity 1"),
        ({"AccessPatterns": [pattern(Entity="none")]}, "access pattern 1 has no 'none'"),
        ({"AccessPatterns": [pattern(Operation="Fetch")]}, "'Fetch' is not one of GetItem"),
        ({"AccessPatterns": [pattern(Keeps=2)]}, "Keeps is not a number from 0 to 1"),
        ({"AccessPatterns": [pattern(Key={"PK": {"like": "x"}})]}, "'like' is not one of"),
        ({"AccessPatterns": [pattern(Key={"PK": {"between": "x"}})]}, "between has 2 operands"),
    ],
)
def test_what_is_no_model_is_refused_with_its_place(change: dict[str, Any], text: str) -> None:
    with pytest.raises(ModelError, match=text.replace("{", r"\{")):
        parse_model(document(**change))


@pytest.mark.parametrize("given", [None, [], {}, {"DataModel": {}}, {"DataModel": [{}]}])
def test_files_of_something_else_are_refused(given: Any) -> None:
    with pytest.raises(ModelError):
        parse_model(given)
