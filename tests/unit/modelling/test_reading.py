"""Parsing of models: defaults of missing members, and the places of errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jedlik.modelling import reading
from jedlik.modelling.model import Model
from jedlik.modelling.reading import ModelError, parse_model, read_model

TABLE: dict[str, Any] = {
    "TableName": "Shop",
    "KeyAttributes": {
        "PartitionKey": {"AttributeName": "pk", "AttributeType": "S"},
        "SortKey": {"AttributeName": "sk", "AttributeType": "S"},
    },
    "NonKeyAttributes": [{"AttributeName": "total", "AttributeType": "N"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-total",
            "KeyAttributes": {"PartitionKey": {"AttributeName": "total", "AttributeType": "N"}},
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["note"]},
        }
    ],
    "TableData": [
        {"pk": {"S": "USER#1"}, "sk": {"S": "ORDER#1"}, "note": {"S": "x" * 100}},
        {"pk": {"S": "USER#1"}, "sk": {"S": "ORDER#2"}, "note": {"S": "x" * 200}},
        {"pk": {"S": "USER#1"}, "sk": {"S": "PROFILE"}, "note": {"S": "x" * 1000}},
    ],
}
ORDER: dict[str, Any] = {"Name": "Order", "Keys": {"pk": "USER#{user}", "sk": "ORDER#{at}"}}
PATTERN: dict[str, Any] = {"Name": "orders", "Operation": "Query", "Entity": "Order"}


def model(*entities: dict[str, Any], patterns: list[dict[str, Any]] | None = None) -> Model:
    return parse_model(
        {
            "ModelName": "Shop",
            "DataModel": [TABLE],
            "Jedlik": {"Entities": list(entities), "AccessPatterns": patterns or []},
        }
    )


def refusal(*entities: dict[str, Any], patterns: list[dict[str, Any]] | None = None) -> str:
    with pytest.raises(ModelError) as refused:
        model(*entities, patterns=patterns)
    return str(refused.value)


def test_indexes_and_what_they_project() -> None:
    (table,) = model().tables
    primary, by_total = table.indexes
    assert (primary.name, primary.keys) == (None, ("pk", "sk"))
    assert primary.projected is None
    assert by_total.projected == {"total", "note", "pk", "sk"}


def test_an_entity_takes_its_size_from_the_sample_data_that_its_keys_make() -> None:
    (order,) = model(ORDER).entities
    assert (order.table, order.count, order.per_collection) == ("Shop", 1000, 1)
    # 2 + 6 of pk, 2 + 7 of sk, 4 of note, and 150 of its value on average.
    assert order.item_bytes == 171
    (other,) = model({**ORDER, "Keys": {"pk": "USER#{user}", "sk": "CART#{at}"}}).entities
    assert other.item_bytes == 500
    (given,) = model({**ORDER, "ItemBytes": 7, "Count": 3, "PerCollection": 2}).entities
    assert (given.item_bytes, given.count, given.per_collection) == (7, 3, 2)


def test_access_patterns_and_their_conditions() -> None:
    key = {"pk": "USER#{user}", "sk": {"between": ["ORDER#1", "ORDER#9"]}}
    full = {
        **PATTERN, "Key": key, "Items": 10, "PerSecond": 2.5, "Keeps": 0.5, "Hottest": 0.1,
        "Filter": ["total"], "Attributes": ["note"], "Index": "by-total", "Consistent": True,
    }  # fmt: skip
    (found,) = model(ORDER, patterns=[full]).patterns
    assert (found.items, found.per_second, found.keeps, found.hottest) == (10, 2.5, 0.5, 0.1)
    assert (found.index, found.consistent) == ("by-total", True)
    assert {name: (each.kind, len(each.templates)) for name, each in found.key.items()} == {
        "pk": ("=", 1),
        "sk": ("between", 2),
    }


@pytest.mark.parametrize(("operation", "keys"), [("PutItem", {"pk", "sk"}), ("Query", set())])
def test_writes_are_of_the_entitys_own_key(operation: str, keys: set[str]) -> None:
    (found,) = model(ORDER, patterns=[{**PATTERN, "Operation": operation}]).patterns
    assert set(found.key) == keys


@pytest.mark.parametrize(
    ("entity", "text"),
    [
        ({"Name": "x"}, "entity 2 has no 'Keys'"),
        ({**ORDER, "Table": "Other"}, "entity 2 has no 'Other'"),
        ({**ORDER, "Keys": {"pk": "a"}}, "Keys say nothing of sk"),
        ({**ORDER, "Keys": {"pk": "a{", "sk": "b"}}, "entity 2:"),
        ({**ORDER, "Count": 0}, "Count is not a number above 0"),
        ({**ORDER, "Count": True}, "Count is not a number above 0"),
        ({**ORDER, "Keys": []}, "entity 2:"),
    ],
)
def test_entities_that_are_none(entity: dict[str, Any], text: str) -> None:
    assert text in refusal(ORDER, entity)


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"Operation": "Drop"}, "'Drop' is not one of GetItem"),
        ({"Entity": "Cart"}, "access pattern 1 has no 'Cart'"),
        ({"Key": {"pk": {"like": "x"}}}, "'like' is not one of ="),
        ({"Key": {"pk": {"between": "x"}}}, "between has 2 operands, not 1"),
        ({"Key": {"pk": {"<": ["x", "y"]}}}, "< has 1 operands, not 2"),
        ({"Key": {"pk": {}}}, "access pattern 1:"),
        ({"Keeps": 1.1}, "Keeps is not a number from 0 to 1"),
        ({"Hottest": -0.1}, "Hottest is not a number from 0 to 1"),
        ({"PerSecond": True}, "PerSecond is not a number"),
    ],
)
def test_access_patterns_that_are_none(members: dict[str, Any], text: str) -> None:
    assert text in refusal(ORDER, patterns=[{**PATTERN, **members}])


@pytest.mark.parametrize("document", [[], {}, {"DataModel": {}}, None])
def test_documents_that_are_none(document: Any) -> None:
    with pytest.raises(ModelError):
        parse_model(document)


@pytest.mark.parametrize("ours", [[], {"Entities": {}}, {"AccessPatterns": [{}] * 201}])
def test_lists_that_are_none(ours: Any) -> None:
    with pytest.raises(ModelError):
        parse_model({"DataModel": [TABLE], "Jedlik": ours})


def test_a_file_is_a_model_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "model.json"
    with pytest.raises(ModelError):
        read_model(file)
    file.write_text("{")
    with pytest.raises(ModelError, match=r"model\.json is not a model: it is not valid JSON"):
        read_model(file)
    file.write_text(json.dumps({"DataModel": [TABLE]}))
    assert read_model(file).name == "Model"
    monkeypatch.setattr(reading, "_MAX_BYTES", 10)
    with pytest.raises(ModelError, match="larger than"):
        read_model(file)
