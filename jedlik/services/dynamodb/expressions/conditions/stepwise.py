"""A condition on a large item, a test at a time.

A filter may have a hundred tests, each of which may have to read the 400 KB of an item: to search a
list of 130,000 elements takes some 5 ms, a hundred times that half a second, during which no other
request is answered. So for a large item and a long condition, a generator makes the tests one after
the other, and its caller can let other requests go first after each. Small items (nearly all) are
tested in one step, which is far faster.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping

from jedlik.services.dynamodb.expressions.parsing.syntax import (
    And,
    Comparison,
    ConditionTree,
    In,
    Not,
    Or,
)
from jedlik.services.dynamodb.expressions.paths import Values
from jedlik.values.attribute import Item

Test = Callable[[Item, Values], bool]
Steps = Generator[None, None, bool]
"""Suspends after each test; returns whether the condition holds."""
Stepwise = Callable[[Item, Values], Steps]
Compile = Callable[[ConditionTree, Mapping[str, str]], Test]


def compile_steps(tree: ConditionTree, names: Mapping[str, str], compile_test: Compile) -> Stepwise:
    """The generator of a condition; `compile_test` makes the closures of its single tests."""
    if isinstance(tree, In):  # each option may be as large as the item
        tree = Or(tuple(Comparison("=", tree.operand, option) for option in tree.options))
    if isinstance(tree, And | Or):
        parts = [compile_steps(each, names, compile_test) for each in tree.conditions]
        return _one_by_one(parts, ends_with=isinstance(tree, Or))
    if isinstance(tree, Not):
        inner = compile_steps(tree.condition, names, compile_test)

        def negated(item: Item, values: Values) -> Steps:
            holds = yield from inner(item, values)
            return not holds

        return negated
    test = compile_test(tree, names)

    def single(item: Item, values: Values) -> Steps:
        holds = test(item, values)
        yield
        return holds

    return single


def _one_by_one(parts: list[Stepwise], *, ends_with: bool) -> Stepwise:
    def steps(item: Item, values: Values) -> Steps:
        for part in parts:
            holds = yield from part(item, values)
            if holds is ends_with:
                return ends_with
        return not ends_with

    return steps
