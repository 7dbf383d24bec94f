"""Checkers of plain inputs: compiled late, and nulls dropped where a service ignores them."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import SerializationException, ValidationException
from jedlik.services.kms.shapes import OPERATIONS, SHAPES
from jedlik.validation.inputs import checkers


@pytest.mark.parametrize(
    ("drops_nulls", "read"),
    [(False, {"KeyId": "a", "GrantTokens": None}), (True, {"KeyId": "a"})],
)
def test_null_members_are_dropped_where_the_service_drops_them(
    drops_nulls: bool, read: dict[str, Any]
) -> None:
    checker_for = checkers(OPERATIONS, SHAPES, drops_nulls=drops_nulls)
    assert checker_for("DescribeKey")({"KeyId": "a", "GrantTokens": None}) == read


def test_what_breaks_a_shape_is_refused() -> None:
    check = checkers(OPERATIONS, SHAPES)("DescribeKey")
    with pytest.raises(ValidationException):
        check({})
    with pytest.raises(SerializationException):
        check({"KeyId": 1})


def test_operations_that_are_not_there_have_no_checker() -> None:
    with pytest.raises(KeyError):
        checkers(OPERATIONS, SHAPES)("NoSuchOperation")


def test_shapes_are_compiled_when_one_is_checked() -> None:
    check = checkers({"A": "NoSuchShape"}, {})("A")
    with pytest.raises(KeyError):
        check({})
