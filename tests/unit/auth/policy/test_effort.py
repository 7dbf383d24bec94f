"""Tests that take long are not made while others wait."""

from __future__ import annotations

import pytest

from jedlik.auth.policy.effort import TakesLong
from jedlik.auth.policy.evaluate import Layers, Plan
from tests.unit.auth.policy.deciding import ALICE, TABLE, policy, statement


class Facts:
    """The facts of a request with these values of `aws:x`."""

    def __init__(self, values: list[str], *, hurried: bool) -> None:
        self.values = tuple(values)
        self.hurried = hurried


def allowed(patterns: list[str], values: list[str], *, hurried: bool) -> bool:
    condition = {"ForAnyValue:StringLike": {"aws:x": patterns}}
    plan = Plan(
        Layers([policy(statement(Condition=condition))]),
        "dynamodb:GetItem",
        TABLE,
        ALICE,
        lambda _key: lambda facts: facts.values,
    )
    return plan.permits(Facts(values, hurried=hurried))


@pytest.mark.parametrize(
    ("patterns", "values"),
    [
        (["b*c"], ["a" * number for number in range(2000)]),
        (["b*c"] * 100, ["a" * number for number in range(60)]),
        (["b*c" * 20], ["a" * 65_000]),
        (["b*c" * 20], ["x", "a" * 65_000]),
    ],
    ids=["values", "patterns", "a text", "another text"],
)
def test_what_takes_long(patterns: list[str], values: list[str]) -> None:
    with pytest.raises(TakesLong):
        allowed(patterns, values, hurried=True)
    assert not allowed(patterns, values, hurried=False)
    assert allowed([*patterns, "*a"], values, hurried=False)


@pytest.mark.parametrize(
    ("patterns", "values"),
    [
        (["*a"] * 400, ["a"]),
        (["*a"], ["a" * number for number in range(100)]),
        (["*a"] * 10, [f"{number}a" for number in range(100)]),
    ],
)
def test_usual_policies_and_requests(patterns: list[str], values: list[str]) -> None:
    assert allowed(patterns, values, hurried=True)
