"""Conditions and filters: from text to a closure that tests items.

A text is parsed once. With its names resolved, it gives a plan: closures that know the resolved
paths and look up values by placeholder, so that requests differ only in their values. A plan is
made and checked in full the first time. Later requests check only what depends on their values
(that they are defined, and of a type that the operator accepts); the full check is repeated only to
find the error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from jedlik.base.errors import InvalidParameter
from jedlik.services.dynamodb.expressions.conditions.comparing import (
    ORDERINGS,
    begins_with,
    contains,
    in_order,
    same,
    size_of,
)
from jedlik.services.dynamodb.expressions.conditions.stepwise import (
    Steps,
    Stepwise,
    Test,
    compile_steps,
)
from jedlik.services.dynamodb.expressions.conditions.texts import ConditionTexts
from jedlik.services.dynamodb.expressions.parsing.syntax import (
    And,
    Between,
    Clause,
    Comparand,
    Comparison,
    ConditionTree,
    FunctionCall,
    In,
    Not,
    Operand,
    Or,
    Path,
    Truth,
    Value,
    clauses_of,
    leaves_of,
    operands_of,
)
from jedlik.services.dynamodb.expressions.paths import (
    Getter,
    Values,
    attributes_led_into,
    getter,
    resolve,
)
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.expressions.plans import Parsed
from jedlik.services.dynamodb.expressions.value_checks import ValueChecks
from jedlik.values.attribute import AttributeValue, Item
from jedlik.values.sizes import part_count

_NOTHING: Item = {}
_FEW: Final = 256
"""Parts of values that tests go through in a negligible time."""
_MANY: Final = 128 * 1024
"""Parts of a value that are counted."""


class Condition:
    """A condition with its values, which tests items. `attributes` are the top-level attributes
    that it reads, in the order of the text; `equals` those of them that must equal a value, as far
    as known; `led_into` those that a path leads into.
    """

    __slots__ = (
        "_stepwise", "_test", "_values", "attributes", "equals", "led_into", "tests", "weight",
    )  # fmt: skip

    def __init__(
        self,
        test: Test,
        values: Values,
        attributes: tuple[str, ...],
        tests: int = 0,
        stepwise: Callable[[], Stepwise] | None = None,
        equals: tuple[str, ...] = (),
        led_into: tuple[str, ...] = (),
        values_size: int = _FEW,
    ) -> None:
        """`values_size` is how many bytes the values have together, if known: no more parts."""
        self._test = test
        self._values = values
        self._stepwise = stepwise
        self.attributes = attributes
        self.equals = equals
        self.led_into = led_into
        self.tests = 0 if stepwise is None else tests
        """How many tests it consists of that can be made one at a time."""
        self.weight = self._weighed() if self.tests and values_size >= _FEW else 0
        """How many parts of the request's values its tests go through at most, whatever the
        item."""

    def _weighed(self) -> int:
        longest = max([part_count(value, _MANY) for value in self._values.values()], default=0)
        return 0 if longest < _FEW else self.tests * longest

    def matches(self, item: Item | None) -> bool:
        """Whether the condition holds for an item; None: the item does not exist."""
        return self._test(_NOTHING if item is None else item, self._values)

    def steps(self, item: Item) -> Steps:
        """The same, a test at a time; for conditions that have several `tests`."""
        assert self._stepwise is not None
        return self._stepwise()(item, self._values)


class ConditionPlan:
    """The part of a condition that does not depend on the values."""

    __slots__ = (
        "_compile_steps", "_stepwise", "attributes", "checks", "equals", "led_into", "names",
        "test", "tests",
    )  # fmt: skip

    def __init__(
        self, parsed: ParsedCondition, names: Mapping[str, str], checks: ValueChecks
    ) -> None:
        clauses = clauses_of(parsed.tree)
        self.names = parsed.names
        self.checks = checks
        self.attributes = attributes_of(clauses, names)
        self.led_into = attributes_led_into(
            (leaf.parts for leaf in _leaves(clauses) if isinstance(leaf, Path)), names
        )
        self.equals = equals_of(parsed.tree, names)
        self.test = compile_test(parsed.tree, names)
        self.tests = tests_in(clauses)
        self._compile_steps = partial(
            compile_steps, parsed.tree, dict(names), compile_test, compile_operand
        )
        self._stepwise: Stepwise | None = None

    def stepwise(self) -> Stepwise:
        """The tests one at a time; compiled when they are first needed for a large item."""
        if self._stepwise is None:
            self._stepwise = self._compile_steps()
        return self._stepwise


ParsedCondition = Parsed[ConditionTree, ConditionPlan]


_texts = ConditionTexts(ConditionPlan)


def compile_condition(
    text: str, placeholders: Placeholders, parameter: str = "ConditionExpression"
) -> Condition:
    """Compile a condition; `parameter` is its member of the request, for errors. Raises
    ValidationException."""
    values = placeholders.values
    plan: ConditionPlan | None = placeholders.plans.get(parameter)
    if plan is None or not plan.checks.accept(values, parameter):
        plan = placeholders.plans[parameter] = _texts.plan(text, placeholders, parameter)
    return Condition(
        plan.test, values, plan.attributes, plan.tests, plan.stepwise, plan.equals, plan.led_into,
        placeholders.values_size,
    )  # fmt: skip


def check_no_key_attributes(
    condition: Condition, key_attributes: tuple[str, ...], parameter: str
) -> None:
    """Raise ValidationException if a Query's filter reads a key attribute of what is queried.

    `parameter` is FilterExpression or QueryFilter (developer guide, "Filter expressions for the
    Query operation").
    """
    for name in condition.attributes:
        if name in key_attributes:
            subject = "Filter Expression" if parameter == "FilterExpression" else parameter
            raise InvalidParameter(
                f"{subject} can only contain non-primary key attributes: "
                f"Primary key attribute: {name}"
            )


# --- Closures -------------------------------------------------------------------------------------


def attributes_of(clauses: list[Clause], names: Mapping[str, str]) -> tuple[str, ...]:
    """Top-level attributes in the order of the text."""
    found: dict[str, None] = {}
    for leaf in _leaves(clauses):
        if isinstance(leaf, Path):
            found[str(resolve(leaf.parts[:1], names)[0])] = None
    return tuple(found)


def _leaves(clauses: list[Clause]) -> Iterator[Path | Value]:
    for clause in clauses:
        for operand in operands_of(clause):
            yield from leaves_of(operand)


def equals_of(tree: ConditionTree, names: Mapping[str, str]) -> tuple[str, ...]:
    """Top-level attributes that must equal a value for the condition to hold."""
    found: dict[str, None] = {}
    for part in tree.conditions if isinstance(tree, And) else (tree,):
        if isinstance(part, Comparison) and part.operator == "=":
            for one, other in ((part.left, part.right), (part.right, part.left)):
                if isinstance(one, Path) and isinstance(other, Value) and len(one.parts) == 1:
                    found[str(resolve(one.parts, names)[0])] = None
    return tuple(found)


def tests_in(clauses: list[Clause]) -> int:
    """The number of tests in clauses: IN has one for each option."""
    return sum(len(each.options) if isinstance(each, In) else 1 for each in clauses)


def compile_test(tree: ConditionTree, names: Mapping[str, str]) -> Test:
    """The closure of a condition."""
    if isinstance(tree, And):
        return _all_of([compile_test(condition, names) for condition in tree.conditions])
    if isinstance(tree, Or):
        return _any_of([compile_test(condition, names) for condition in tree.conditions])
    if isinstance(tree, Not):
        test = compile_test(tree.condition, names)
        return lambda item, values: not test(item, values)
    if isinstance(tree, Comparison):
        return _comparison(tree, names)
    if isinstance(tree, Between):
        return _between(tree, names)
    if isinstance(tree, In):
        return _in(tree, names)
    return _function(tree, names)


def _all_of(tests: list[Test]) -> Test:
    if len(tests) == 2:
        one, other = tests
        return lambda item, values: one(item, values) and other(item, values)

    def test(item: Item, values: Values) -> bool:
        for each in tests:  # noqa: SIM110 - a generator costs a frame per item
            if not each(item, values):
                return False
        return True

    return test


def _any_of(tests: list[Test]) -> Test:
    if len(tests) == 2:
        one, other = tests
        return lambda item, values: one(item, values) or other(item, values)

    def test(item: Item, values: Values) -> bool:
        for each in tests:  # noqa: SIM110 - as above
            if each(item, values):
                return True
        return False

    return test


def compile_operand(operand: Comparand, names: Mapping[str, str]) -> Getter:
    """The closure of an operand: its value for an item; None if it has none."""
    if isinstance(operand, Path):
        return getter(resolve(operand.parts, names))
    if isinstance(operand, Value):
        name = operand.name
        return lambda _item, values: values[name]
    if isinstance(operand, Truth):
        test = compile_test(operand.condition, names)
        return lambda item, values: {"BOOL": test(item, values)}
    measured = compile_operand(operand.operands[0], names)

    def size(item: Item, values: Values) -> AttributeValue | None:
        value = measured(item, values)
        return None if value is None else size_of(value)

    return size


def _comparison(clause: Comparison, names: Mapping[str, str]) -> Test:
    left, right = compile_operand(clause.left, names), compile_operand(clause.right, names)
    if clause.operator == "<>":
        equals = _related(left, right, same)
        return lambda item, values: not equals(item, values)
    if clause.operator == "=":
        return _related(left, right, same)
    return _related(left, right, partial(in_order, ORDERINGS[clause.operator]))


def _related(
    left: Getter, right: Getter, holds: Callable[[AttributeValue, AttributeValue], bool]
) -> Test:
    """Whether both operands have a value, and a relation holds between the two."""

    def test(item: Item, values: Values) -> bool:
        one = left(item, values)
        if one is None:
            return False
        other = right(item, values)
        return other is not None and holds(one, other)

    return test


def _between(clause: Between, names: Mapping[str, str]) -> Test:
    operand = compile_operand(clause.operand, names)
    low, high = compile_operand(clause.low, names), compile_operand(clause.high, names)
    at_least, at_most = ORDERINGS[">="], ORDERINGS["<="]

    def test(item: Item, values: Values) -> bool:
        value = operand(item, values)
        lower, upper = low(item, values), high(item, values)
        if value is None or lower is None or upper is None:
            return False
        return in_order(at_least, value, lower) and in_order(at_most, value, upper)

    return test


def _in(clause: In, names: Mapping[str, str]) -> Test:
    operand = compile_operand(clause.operand, names)
    options = [compile_operand(option, names) for option in clause.options]

    def test(item: Item, values: Values) -> bool:
        value = operand(item, values)
        if value is None:
            return False
        for option in options:
            other = option(item, values)
            if other is not None and same(value, other):
                return True
        return False

    return test


def _function(call: FunctionCall, names: Mapping[str, str]) -> Test:
    first = call.operands[0]
    if call.function == "attribute_exists":
        return _exists(first, names)
    if call.function == "attribute_not_exists":
        exists = _exists(first, names)
        return lambda item, values: not exists(item, values)
    left, right = compile_operand(first, names), compile_operand(call.operands[1], names)
    if call.function == "attribute_type":

        def has_type(item: Item, values: Values) -> bool:
            value, kind = left(item, values), right(item, values)
            return value is not None and kind is not None and kind["S"] in value

        return has_type
    return _related(left, right, begins_with if call.function == "begins_with" else contains)


def _exists(operand: Operand, names: Mapping[str, str]) -> Test:
    assert isinstance(operand, Path)
    path = resolve(operand.parts, names)
    if len(path) == 1:
        name = str(path[0])
        return lambda item, _values: name in item
    get = getter(path)
    return lambda item, values: get(item, values) is not None
