"""How deeply an update may nest an item."""

import pytest

from jedlik.base.errors import ValidationException
from jedlik.values.canonical import canonical_item
from jedlik.values.nesting import check_nesting


def nested(levels, leaf):
    value = leaf
    for level in range(levels):
        value = {"M": {"a": value, "b": {"NULL": True}}} if level % 2 else {"L": [value]}
    return value


@pytest.mark.parametrize("leaf", [{"S": "M"}, {"M": {}}, {"L": []}, {"SS": ["L"]}])
@pytest.mark.parametrize(("levels", "allowed"), [(0, True), (1, True), (31, True), (32, False)])
def test_what_may_come_in_may_be_kept_and_no_more(leaf, levels, allowed):
    deep = {"L": [nested(levels - 1, leaf)]} if levels else {"L": []}
    for check in (check_nesting, lambda value: canonical_item({"deep": value})):
        if allowed:
            check(deep)
            continue
        with pytest.raises(ValidationException) as caught:
            check(deep)
        assert caught.value.message == (
            "Nesting Levels have exceeded supported limits: "
            "Attributes in the item have nested levels beyond supported limit"
        )
        assert caught.value.body()["__type"].endswith("#ValidationException")


def test_a_deep_list_beside_shallow_ones_is_found():
    with pytest.raises(ValidationException):
        check_nesting({"L": [{"S": "x"}, nested(31, {"S": "x"}), {"L": []}]})
