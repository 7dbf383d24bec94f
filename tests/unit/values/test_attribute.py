"""The names of the types."""

import pytest

from jedlik.values.attribute import KEY_TYPES, SET_TYPES, type_of
from jedlik.values.canonical import canonical_value

TYPES = ("S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL")


def test_keys_and_set_elements_are_of_types_that_there_are():
    assert set(KEY_TYPES) < set(TYPES)
    assert set(SET_TYPES) < set(TYPES)
    assert set(SET_TYPES.values()) == set(KEY_TYPES)


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_is_checked(kind):
    content = {"S": "", "N": "1", "B": "", "M": {}, "L": [], "NULL": True, "BOOL": True}
    element = {"SS": [""], "NS": ["1"], "BS": [""]}
    value = {kind: (content | element)[kind]}
    canonical_value(value)
    assert type_of(value) == kind
