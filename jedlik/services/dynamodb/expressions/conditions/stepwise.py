"""A condition on a large item, a test at a time.

A filter may have a hundred tests, each of which may have to read the 400 KB of an item: to search a
list of 130,000 elements takes some 5 ms, a hundred times that half a second, during which no other
request is answered. So for a large item and a long condition, a generator makes the tests one after
the other, and its caller can let other requests go first after each. Small items (nearly all) are
tested in one step, which is far faster. A comparison of a condition takes the condition's steps.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from functools import partial

from jedlik.services.dynamodb.expressions.conditions.comparing import same
from jedlik.services.dynamodb.expressions.parsing.syntax import (
    And,
    Comparand,
    Comparison,
    ConditionTree,
    In,
    Not,
    Or,
    Truth,
    operands_of,
)
from jedlik.services.dynamodb.expressions.paths import Getter, Values
from jedlik.values.attribute import AttributeValue, Item

Test = Callable[[Item, Values], bool]
Steps = Generator[None, None, bool]
"""Suspends after each test; returns whether the condition holds."""
Stepwise = Callable[[Item, Values], Steps]
CompileTest = Callable[[ConditionTree, Mapping[str, str]], Test]
CompileOperand = Callable[[Comparand, Mapping[str, str]], Getter]
_OperandSteps = Callable[[Item, Values], Generator[None, None, AttributeValue | None]]


def compile_steps(
    tree: ConditionTree,
    names: Mapping[str, str],
    compile_test: CompileTest,
    compile_operand: CompileOperand,
) -> Stepwise:
    """The generator of a condition; `compile_test` makes the closures of its single tests, and
    `compile_operand` those of operands."""
    compile_part = partial(
        compile_steps, names=names, compile_test=compile_test, compile_operand=compile_operand
    )
    if isinstance(tree, Comparison | In):
        operands = operands_of(tree)
        if any(isinstance(each, Truth) for each in operands):
            parts_of = [
                _truth(compile_part(each.condition))
                if isinstance(each, Truth)
                else _value(compile_operand(each, names))
                for each in operands
            ]
            # Conditions have no order, so operators are only =, <> and IN.
            unequal = isinstance(tree, Comparison) and tree.operator == "<>"
            return _equal_to_any(parts_of[0], parts_of[1:], unequal=unequal)
    if isinstance(tree, In):  # each option may be as large as the item
        tree = Or(tuple(Comparison("=", tree.operand, option) for option in tree.options))
    if isinstance(tree, And | Or):
        parts = [compile_part(each) for each in tree.conditions]
        return _one_by_one(parts, ends_with=isinstance(tree, Or))
    if isinstance(tree, Not):
        inner = compile_part(tree.condition)

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


def _truth(condition: Stepwise) -> _OperandSteps:
    def steps(item: Item, values: Values) -> Generator[None, None, AttributeValue | None]:
        holds = yield from condition(item, values)
        return {"BOOL": holds}

    return steps


def _value(getter: Getter) -> _OperandSteps:
    def steps(item: Item, values: Values) -> Generator[None, None, AttributeValue | None]:
        value = getter(item, values)
        yield
        return value

    return steps


def _equal_to_any(first: _OperandSteps, others: list[_OperandSteps], *, unequal: bool) -> Stepwise:
    def steps(item: Item, values: Values) -> Steps:
        value = yield from first(item, values)
        if value is None:
            return unequal
        for each in others:
            other = yield from each(item, values)
            if other is not None and same(value, other):
                return not unequal
        return unequal

    return steps
