"""How many parts of the request's values a condition goes through."""

import pytest

from jedlik.services.dynamodb.expressions.conditions.condition import compile_condition
from jedlik.services.dynamodb.expressions.placeholders import Placeholders


@pytest.mark.parametrize(("parts", "weight"), [(100, 0), (500, 501 * 2)])
def test_what_weighs_are_tests_of_values_with_many_parts(parts: int, weight: int) -> None:
    values = {":l": {"L": [{"N": "1"}] * parts}, ":s": {"S": "x"}}
    placeholders = Placeholders(None, values, 3 * parts)
    assert compile_condition("l = :l AND s = :s", placeholders).weight == weight


def test_values_of_few_bytes_weigh_nothing() -> None:
    values = {":l": {"L": [{"N": "1"}] * 50}, ":s": {"S": "x"}}
    placeholders = Placeholders(None, values, 160)
    assert compile_condition("l = :l AND s = :s", placeholders).weight == 0
