"""The list of operations agrees with the operations themselves."""

from __future__ import annotations

from inspect import signature

import pytest

from jedlik.services.dynamodb.operations.registry import OPERATIONS


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_exactly_the_operations_that_have_a_place_for_the_caller_are_given_it(name: str) -> None:
    given = list(signature(OPERATIONS[name]).parameters)
    assert ("caller" in given[2:]) is OPERATIONS.takes_caller(name), given
