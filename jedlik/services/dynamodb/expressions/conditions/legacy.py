"""The legacy parameters that are conditions: Expected, QueryFilter, ScanFilter and KeyConditions.

Each maps attribute names to a comparison operator and its arguments; all conditions have to hold,
or any with ConditionalOperator OR. Expected has a second form, Exists and Value. They become the
same `Condition` and `KeyConditions` that expressions become.

API reference, data types "Condition" and "ExpectedAttributeValue"; developer guide, "Legacy
conditional parameters".
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

from jedlik.base.errors import InvalidParameter
from jedlik.base.limits import MAX_EXAMINED_PARTS
from jedlik.base.turns import at_once
from jedlik.services.dynamodb.expressions.conditions.comparing import (
    ORDERINGS,
    begins_with,
    contains,
    in_order,
    same,
)
from jedlik.services.dynamodb.expressions.conditions.condition import Condition
from jedlik.services.dynamodb.expressions.conditions.key_condition import (
    NOT_INDEXABLE,
    KeyConditions,
    KeyPlan,
    KeyTerm,
)
from jedlik.services.dynamodb.expressions.conditions.stepwise import Test
from jedlik.services.dynamodb.expressions.paths import Values
from jedlik.values.attribute import AttributeValue, Item, type_of
from jedlik.values.canonical import ValueBudget

MadeT = TypeVar("MadeT")
Steps = Generator[None, None, MadeT]
"""Suspends at least after every thousand arguments; returns their result."""

_FEW: Final = 64
"""Up to this many conditions, or arguments of one, are tested one by one for each item."""

_ANY: Final = frozenset(["S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"])
_SCALAR: Final = frozenset(["S", "N", "B"])

Arguments = Sequence[AttributeValue]
Holds = Callable[[AttributeValue | None, Arguments], bool]
"""Whether a comparison holds for an attribute's value (None: missing) and its arguments."""


class _Operator(NamedTuple):
    holds: Holds
    least: int
    most: int
    types: frozenset[str]
    key_operator: str = ""
    """The equivalent operator of a key condition, if there is one."""


def _ordered(symbol: str) -> Holds:
    compare = ORDERINGS[symbol]
    return lambda value, arguments: value is not None and in_order(compare, value, arguments[0])


def _between(value: AttributeValue | None, arguments: Sequence[AttributeValue]) -> bool:
    return _ordered(">=")(value, arguments) and _ordered("<=")(value, arguments[1:])


def _equal(value: AttributeValue | None, arguments: Sequence[AttributeValue]) -> bool:
    return value is not None and same(value, arguments[0])


def _contained(value: AttributeValue | None, arguments: Sequence[AttributeValue]) -> bool:
    return value is not None and contains(value, arguments[0])


def _prefixed(value: AttributeValue | None, arguments: Sequence[AttributeValue]) -> bool:
    return value is not None and begins_with(value, arguments[0])


def _among(value: AttributeValue | None, arguments: Sequence[AttributeValue]) -> bool:
    return value is not None and any(same(value, argument) for argument in arguments)


def _among_many(arguments: Iterable[AttributeValue]) -> Holds:
    """IN with up to a million scalars, which are looked up instead of compared for each item."""
    scalars = {pair for argument in arguments for pair in argument.items()}

    def holds(value: AttributeValue | None, _arguments: Sequence[AttributeValue]) -> bool:
        if value is None:
            return False
        ((kind, content),) = value.items()
        return kind in _SCALAR and (kind, content) in scalars

    return holds


_OPERATORS: Final[dict[str, _Operator]] = {
    "EQ": _Operator(_equal, 1, 1, _ANY, "="),
    "NE": _Operator(lambda value, arguments: not _equal(value, arguments), 1, 1, _ANY),
    "LE": _Operator(_ordered("<="), 1, 1, _SCALAR, "<="),
    "LT": _Operator(_ordered("<"), 1, 1, _SCALAR, "<"),
    "GE": _Operator(_ordered(">="), 1, 1, _SCALAR, ">="),
    "GT": _Operator(_ordered(">"), 1, 1, _SCALAR, ">"),
    "BETWEEN": _Operator(_between, 2, 2, _SCALAR, "BETWEEN"),
    "BEGINS_WITH": _Operator(_prefixed, 1, 1, frozenset(["S", "B"]), "begins_with"),
    "CONTAINS": _Operator(_contained, 1, 1, _SCALAR),
    "NOT_CONTAINS": _Operator(
        lambda value, arguments: not _contained(value, arguments), 1, 1, _SCALAR
    ),
    "IN": _Operator(_among, 1, 2**31, _SCALAR),
    "NULL": _Operator(lambda value, _arguments: value is None, 0, 0, _ANY),
    "NOT_NULL": _Operator(lambda value, _arguments: value is not None, 0, 0, _ANY),
}


class _Comparison(NamedTuple):
    """`expected`: it is from Expected, where NOT_CONTAINS requires the attribute to exist (answers
    of the service)."""

    attribute: str
    operator: str
    arguments: list[AttributeValue]
    expected: bool = False

    def holds(self) -> Holds:
        """The comparison as a function."""
        if self.operator == "IN" and len(self.arguments) > _FEW:
            return _among_many(self.arguments)
        holds = _OPERATORS[self.operator].holds
        if self.expected and self.operator == "NOT_CONTAINS":
            return lambda value, arguments: value is not None and holds(value, arguments)
        return holds


_NO_VALUES: Final[Values] = {}


def filter_steps(
    conditions: Mapping[str, Mapping[str, Any]], conditional_operator: str | None = None
) -> Steps[Condition]:
    """The condition of a QueryFilter or ScanFilter, made some arguments at a time.

    Arguments are checked and converted to canonical form in place. Raises ValidationException.
    """
    budget = ValueBudget()
    comparisons = []
    for name, condition in conditions.items():
        comparison = yield from _comparison(name, condition, budget)
        comparisons.append(comparison)
    return (yield from _condition(comparisons, conditional_operator))


def expected_steps(
    expected: Mapping[str, Mapping[str, Any]], conditional_operator: str | None = None
) -> Steps[Condition]:
    """The condition of Expected; as for `filter_steps`."""
    budget = ValueBudget()
    comparisons = []
    for name, condition in expected.items():
        comparison = yield from _expectation(name, condition, budget)
        comparisons.append(comparison)
    return (yield from _condition(comparisons, conditional_operator))


def legacy_key_conditions(conditions: Mapping[str, Mapping[str, Any]]) -> KeyConditions:
    """The key conditions of a Query's KeyConditions; as for `filter_steps`, but in one step. If
    there are far more than a key has attributes, only the first are examined, since their number is
    refused."""
    budget = ValueBudget()
    looked_at = islice(conditions.items(), MAX_EXAMINED_PARTS)
    comparisons = [at_once(_comparison(*pair, budget)) for pair in looked_at]
    if not comparisons:
        raise InvalidParameter("Conditions can be of length 1 or 2 only")
    values: dict[str, AttributeValue] = {}
    terms = []
    for comparison in comparisons:
        operator = _OPERATORS[comparison.operator].key_operator or NOT_INDEXABLE
        names = tuple(f":{len(values) + place}" for place in range(len(comparison.arguments)))
        values.update(zip(names, comparison.arguments, strict=True))
        terms.append(KeyTerm(comparison.attribute, operator, names))
    terms += [
        KeyTerm(name, "=", ()) for name in islice(conditions, MAX_EXAMINED_PARTS, None)
    ]  # counted
    return KeyConditions(KeyPlan(lambda: terms), values)


def _condition(
    comparisons: list[_Comparison], conditional_operator: str | None
) -> Steps[Condition]:
    tests: list[tuple[str, Holds, Arguments]] = []
    for each in comparisons:
        tests.append((each.attribute, each.holds(), each.arguments))
        yield
    # A condition without comparisons holds, whatever joins it.
    any_will_do = conditional_operator == "OR" and bool(tests)
    if len(tests) > _FEW:
        whole = yield from _test_of_many(tests, any_will_do)
        return Condition(whole, _NO_VALUES, tuple(each.attribute for each in comparisons))

    def test(item: Item, _values: Values) -> bool:
        for name, holds, arguments in tests:
            if holds(item.get(name), arguments) is any_will_do:
                return any_will_do
        return not any_will_do

    attributes = tuple(each.attribute for each in comparisons)
    equals = tuple(each.attribute for each in comparisons if each.operator == "EQ")
    return Condition(test, _NO_VALUES, attributes, equals=() if any_will_do else equals)


def _test_of_many(tests: Sequence[tuple[str, Holds, Arguments]], any_will_do: bool) -> Steps[Test]:
    """A test whose cost depends on the number of the item's attributes, not of conditions: each
    condition is on another attribute, and its outcome for an absent one is known beforehand."""
    by_name: dict[str, tuple[Holds, Arguments]] = {}
    decided_by_absence: set[str] = set()
    for name, holds, arguments in tests:
        by_name[name] = holds, arguments
        if holds(None, arguments) is any_will_do:
            decided_by_absence.add(name)
        yield

    def test(item: Item, _values: Values) -> bool:
        present = [name for name in item if name in by_name]
        if sum(name in decided_by_absence for name in present) < len(decided_by_absence):
            return any_will_do
        for name in present:
            holds, arguments = by_name[name]
            if holds(item[name], arguments) is any_will_do:
                return any_will_do
        return not any_will_do

    return test


def _comparison(name: str, condition: Mapping[str, Any], budget: ValueBudget) -> Steps[_Comparison]:
    operator = condition["ComparisonOperator"]
    arguments = condition.get("AttributeValueList") or []
    for argument in arguments:
        budget.canonical(argument)
        yield  # it may be as large as an item, and take as long
    yield
    _check_arguments(operator, arguments)
    return _Comparison(name, operator, arguments)


def _check_arguments(name: str, arguments: Arguments) -> None:
    operator = _OPERATORS[name]
    if not operator.least <= len(arguments) <= operator.most:
        raise InvalidParameter.of_values(
            f"Invalid number of argument(s) for the {name} ComparisonOperator"
        )
    kinds = {type_of(argument) for argument in arguments}
    if len(kinds) > 1:
        raise InvalidParameter.of_values(
            "AttributeValues inside AttributeValueList must be of same type"
        )
    for kind in kinds - operator.types:
        raise InvalidParameter.of_values(
            f"ComparisonOperator {name} is not valid for {kind} AttributeValue type"
        )
    if name == "BETWEEN" and in_order(ORDERINGS[">"], arguments[0], arguments[1]):
        raise InvalidParameter(
            "The BETWEEN condition was provided a range where the lower bound is greater than "
            "the upper bound"
        )


def _expectation(
    name: str, condition: Mapping[str, Any], budget: ValueBudget
) -> Steps[_Comparison]:
    value = condition.get("Value")
    arguments = condition.get("AttributeValueList")
    operator = condition.get("ComparisonOperator")
    exists = condition.get("Exists")
    problem = _conflict(value, arguments, operator, exists)
    if problem:
        raise InvalidParameter.of_values(f"{problem} for Attribute: {name}")
    if operator is not None:
        if arguments is None:
            arguments = [] if value is None else [value]
        condition = {"ComparisonOperator": operator, "AttributeValueList": arguments}
        comparison = yield from _comparison(name, condition, budget)
        return comparison._replace(expected=True)
    yield
    if value is None:
        return _Comparison(name, "NULL", [])
    budget.canonical(value)
    return _Comparison(name, "EQ", [value])


def _conflict(value: Any, arguments: Any, operator: str | None, exists: bool | None) -> str:
    """The text for a contradiction in an entry of Expected; empty if it is consistent."""
    if value is not None and arguments is not None:
        return "Value and AttributeValueList cannot be used together"
    if operator is not None:
        if exists is not None:
            return "Exists and ComparisonOperator cannot be used together"
        if value is None and arguments is None and operator not in ("NULL", "NOT_NULL"):
            return "Value or AttributeValueList must be used with ComparisonOperator: " + operator
        return ""
    if arguments is not None:
        return "AttributeValueList can only be used with a ComparisonOperator"
    if exists is False:
        return "" if value is None else "Value cannot be used when Exists is false"
    if value is None:
        return f"Value must be provided when Exists is {'null' if exists is None else 'true'}"
    return ""
