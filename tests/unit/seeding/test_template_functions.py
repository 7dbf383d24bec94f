"""Functions and conditions of CloudFormation's templates."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.seeding import template_functions
from jedlik.seeding.seed import SeedError
from jedlik.seeding.template_functions import Template

DOCUMENT: dict[str, Any] = {
    "Parameters": {
        "Stage": {"Default": "test"},
        "Free": {"Type": "String"},
        "Names": {"Default": "a,b"},
        "List": {"Type": "CommaDelimitedList", "Default": "eu, us"},
        "Numbers": {"Type": "List<Number>", "Default": "80,20"},
        "Quoted": {"Type": "String", "Default": "true"},
        "Plain": {"Type": "String", "Default": True},
    },
    "Mappings": {"Stages": {"test": {"Units": 5, "Name": "small"}}},
    "Conditions": {
        "IsTest": {"Fn::Equals": [{"Ref": "Stage"}, "test"]},
        "IsLive": {"Fn::Not": [{"Condition": "IsTest"}]},
        "Both": {"Fn::And": [{"Condition": "IsTest"}, {"Condition": "IsLive"}]},
        "Either": {"Fn::Or": [{"Condition": "IsLive"}, {"Condition": "IsTest"}]},
        "Unknown": {"Fn::Equals": [{"Ref": "Free"}, "x"]},
        "OnUnknown": {"Condition": "Unknown"},
        "IsQuoted": {"Fn::Equals": [{"Ref": "Quoted"}, True]},
        "Circular": {"Fn::Not": [{"Condition": "Circular"}]},
        "Other": {"Fn::Contains": [["a"], "a"]},
    },
    "Resources": {
        "Other": {"Type": "x", "Properties": {"TableName": "other-table"}},
        "Unnamed": {"Type": "x"},
    },
}


def resolved(value: Any) -> Any:
    return Template(DOCUMENT).resolved(value, "here")


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ({"Ref": "Stage"}, "test"),
        ({"Ref": "Other"}, "other-table"),
        ({"Ref": "Unnamed"}, "Unnamed"),
        ({"Fn::Sub": "${Stage}-orders-${AWS::Region}"}, "test-orders-us-east-1"),
        ({"Fn::Sub": ["${a}-${Stage}", {"a": {"Ref": "Stage"}}]}, "test-test"),
        ({"Fn::Sub": "${!kept}"}, "${kept}"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Stage"}]]}, "a-test"),
        ({"Fn::Join": ["-", {"Fn::Split": [",", {"Ref": "Names"}]}]}, "a-b"),
        ({"Fn::Select": ["1", {"Fn::Split": [",", {"Ref": "Names"}]}]}, "b"),
        ({"Fn::Select": [0, ["x", "y"]]}, "x"),
        ({"Fn::Select": [0, {"Ref": "List"}]}, "eu"),
        ({"Fn::Join": ["/", {"Ref": "List"}]}, "eu/us"),
        ({"Ref": "Numbers"}, ["80", "20"]),
        ({"Ref": "Plain"}, True),
        ({"Fn::Sub": "is-${Plain}"}, "is-true"),
        ({"Fn::If": ["IsQuoted", 1, 2]}, 1),
        ({"Fn::FindInMap": ["Stages", {"Ref": "Stage"}, "Units"]}, 5),
        ({"Fn::If": ["IsTest", "yes", {"Ref": "Free"}]}, "yes"),
        ({"Fn::If": ["IsLive", "yes", {"Ref": "Stage"}]}, "test"),
        ({"a": {"Fn::If": ["Both", 1, {"Ref": "AWS::NoValue"}]}, "b": 2}, {"b": 2}),
        ([{"Fn::If": ["Either", 1, 2]}, {"Ref": "AWS::NoValue"}], [1]),
        ({"Units": 1, "Fn::Like": 2}, {"Units": 1, "Fn::Like": 2}),
    ],
)
def test_what_the_template_knows_is_resolved(given: Any, value: Any) -> None:
    assert resolved(given) == value


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"Ref": "Free"}, "here: parameter Free has no default; give it one in the template"),
        ({"Fn::GetAtt": ["a", "Arn"]}, "here: Fn::GetAtt cannot be resolved"),
        ({"Fn::Sub": "${Other.Arn}"}, "here: Other.Arn cannot be resolved"),
        ({"Ref": "AWS::StackId"}, "here: AWS::StackId cannot be resolved"),
        (
            {"Fn::FindInMap": ["Stages", "live", "Units"]},
            "here: the template's Mappings have no live",
        ),
        ({"Fn::If": ["Unknown", 1, 2]}, "here: parameter Free has no default"),
        ({"Fn::If": ["None", 1, 2]}, "here: the template has no condition None"),
        ({"Fn::If": ["Circular", 1, 2]}, "here: condition Circular refers to itself"),
        ({"Fn::If": ["Other", 1, 2]}, "here: Fn::Contains cannot be resolved"),
        ({"Fn::Sub": "${AWS::NoValue}"}, "here: AWS::NoValue has no text"),
        ({"Fn::Sub": "${List}"}, "here: a list or map where a function takes a text"),
        ({"Fn::Select": [-1, ["x", "y"]]}, "here: Fn::Select has no element -1"),
        ({"Fn::Select": [2, ["x", "y"]]}, "here: Fn::Select has no element 2"),
        ({"Fn::Select": [0, {"Ref": "Stage"}]}, "here: Fn::Select has no element 0"),
    ],
)
def test_what_it_does_not_know_is_said(given: Any, text: str) -> None:
    with pytest.raises(SeedError, match=text):
        resolved(given)


@pytest.mark.parametrize("name", ["Unknown", "OnUnknown"])
def test_a_condition_that_is_not_known_has_the_same_reason_again(name: str) -> None:
    template = Template(DOCUMENT)
    for _ in range(2):
        with pytest.raises(SeedError, match="parameter Free has no default"):
            template.holds(name, "here")


def test_a_condition_is_evaluated_once() -> None:
    doubled = {"C0": {"Fn::Equals": ["a", "a"]}}
    for each in range(64):  # evaluated every time, they would take 2 to the 64
        doubled[f"C{each + 1}"] = {"Fn::And": [{"Condition": f"C{each}"}] * 2}  # type: ignore[dict-item]
    assert Template({"Conditions": doubled, "Resources": {}}).holds("C64", "here")


def test_references_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template_functions, "_MAX_RESOLVED", 20)
    assert resolved({"Fn::Join": ["", ["x" * 10, "y" * 10]]}) == "x" * 10 + "y" * 10
    with pytest.raises(SeedError, match="more than a seed may hold"):
        resolved({"Fn::Join": ["", ["x" * 10, "y" * 11]]})
