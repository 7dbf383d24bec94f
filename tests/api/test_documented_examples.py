"""The examples of the API reference, replayed in an order in which they can succeed.

The examples are those that botocore brings along. They are from various years: answers have further
members today, but none of the documented ones may be missing.
"""

from __future__ import annotations

from typing import Any

import botocore.session
from botocore import xform_name

FIRST = ("CreateTable", "PutItem")
LAST = ("DeleteItem", "DeleteTable")
NOT_REQUESTED = "ConsumedCapacity"
"""A member that some examples show although their requests do not ask for it."""


def in_order(operation: str) -> tuple[bool, bool, str]:
    return operation in LAST, operation not in FIRST, operation


def one_table(request: dict[str, Any]) -> dict[str, Any]:
    """The request to the table that the examples create; one of them names it differently."""
    other = {"TableName": "Music"} if request.get("TableName") == "MusicCollection" else {}
    return {**request, **other}


def members(value: Any, path: str = "") -> set[str]:
    """The paths of all members, without the positions in lists."""
    if isinstance(value, dict):
        inner = (members(each, f"{path}.{name}") for name, each in value.items())
        return {f"{path}.{name}" for name in value}.union(*inner)
    if isinstance(value, list):
        return set[str]().union(*(members(each, path) for each in value))
    return set()


def test_answers_have_all_documented_members(dynamodb: Any) -> None:
    loader = botocore.session.get_session().get_component("data_loader")
    examples = loader.load_service_model("dynamodb", "examples-1")["examples"]
    for operation in sorted(examples, key=in_order):
        for example in examples[operation]:
            request = one_table(example["input"])
            answer = getattr(dynamodb, xform_name(operation))(**request)
            missing = members(example.get("output", {})) - members(answer)
            assert not [each for each in missing if NOT_REQUESTED not in each], operation
