"""The legacy parameters that are conditions: Expected, QueryFilter, ScanFilter and KeyConditions.

Each maps attribute names to a comparison operator and its arguments; all conditions have to hold,
or any with ConditionalOperator OR. Expected has a second form, Exists and Value. They become the
same `Condition` and `KeyConditions` that expressions become.

API reference, data types "Condition" and "ExpectedAttributeValue"; developer guide, "Legacy
conditional parameters".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from jedlik.base.errors import InvalidParameter
from jedlik.services.dynamodb.expressions.comparing import (
    ORDERINGS,
    begins_with,
    contains,
    in_order,
    same,
)
from jedlik.services.dynamodb.expressions.condition import Condition
from jedlik.services.dynamodb.expressions.key_condition import KeyConditions, KeyPlan, KeyTerm
from jedlik.services.dynamodb.expressions.paths import Values
from jedlik.services.dynamodb.expressions.stepwise import Test
from jedlik.values.attribute import AttributeValue, Item, type_of
from jedlik.values.canonical import Room

_ANY: Final = frozenset(["S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"])
_SCALAR: Final = frozenset(["S", "N", "B"])

Holds = Callable[[AttributeValue | None, Sequence[AttributeValue]], bool]
"""Whether a comparison holds for an attribute's value (None: not there) and its arguments."""


class _Operator(NamedTuple):
    holds: Holds
    least: int
    most: int
    types: frozenset[str]
    key_operator: str = ""
    """The operator of a key condition that says the same, if there is one."""


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
    """`expected`: it is one of Expected, where NOT_CONTAINS wants the attribute to be there
    (answers of the service)."""

    attribute: str
    operator: str
    arguments: list[AttributeValue]
    expected: bool = False

    def holds(self) -> Holds:
        """The comparison as a function."""
        holds = _OPERATORS[self.operator].holds
        if self.expected and self.operator == "NOT_CONTAINS":
            return lambda value, arguments: value is not None and holds(value, arguments)
        return holds


_NO_VALUES: Final[Values] = {}


def legacy_filter(
    conditions: Mapping[str, Mapping[str, Any]], conditional_operator: str | None = None
) -> Condition:
    """The condition of a QueryFilter or ScanFilter.

    Arguments are checked and brought to canonical form in place. Raises ValidationException.
    """
    room = Room()
    comparisons = [_comparison(*pair, room) for pair in conditions.items()]
    return _condition(comparisons, conditional_operator)


def legacy_expected(
    expected: Mapping[str, Mapping[str, Any]], conditional_operator: str | None = None
) -> Condition:
    """The condition of Expected; as for `legacy_filter`."""
    room = Room()
    comparisons = [_expectation(*pair, room) for pair in expected.items()]
    return _condition(comparisons, conditional_operator)


def legacy_key_conditions(conditions: Mapping[str, Mapping[str, Any]]) -> KeyConditions:
    """The key conditions of a Query's KeyConditions; as for `legacy_filter`."""
    room = Room()
    comparisons = [_comparison(*pair, room) for pair in conditions.items()]
    if not comparisons:
        raise InvalidParameter("Conditions can be of length 1 or 2 only")
    values: dict[str, AttributeValue] = {}
    terms = []
    for comparison in comparisons:
        operator = _OPERATORS[comparison.operator].key_operator
        if not operator:
            raise InvalidParameter("Attempted conditional constraint is not an indexable operation")
        names = tuple(f":{len(values) + place}" for place in range(len(comparison.arguments)))
        values.update(zip(names, comparison.arguments, strict=True))
        terms.append(KeyTerm(comparison.attribute, operator, names))
    return KeyConditions(KeyPlan(terms), values)


def _condition(comparisons: list[_Comparison], conditional_operator: str | None) -> Condition:
    tests: list[tuple[str, Holds, list[AttributeValue]]] = [
        (each.attribute, each.holds(), each.arguments) for each in comparisons
    ]
    # A condition of nothing holds, whatever joins it.
    any_will_do = conditional_operator == "OR" and bool(tests)

    def test(item: Item, _values: Values) -> bool:
        for name, holds, arguments in tests:
            if holds(item.get(name), arguments) is any_will_do:
                return any_will_do
        return not any_will_do

    whole: Test = test
    return Condition(whole, _NO_VALUES, tuple(each.attribute for each in comparisons))


def _comparison(name: str, condition: Mapping[str, Any], room: Room) -> _Comparison:
    operator = condition["ComparisonOperator"]
    arguments = condition.get("AttributeValueList") or []
    for argument in arguments:
        room.canonical(argument)
    _check_arguments(operator, arguments)
    return _Comparison(name, operator, arguments)


def _check_arguments(name: str, arguments: Sequence[AttributeValue]) -> None:
    operator = _OPERATORS[name]
    if not operator.least <= len(arguments) <= operator.most:
        raise InvalidParameter.of_values(
            f"Invalid number of argument(s) for the {name} ComparisonOperator"
        )
    if len({type_of(argument) for argument in arguments}) > 1:
        raise InvalidParameter.of_values(
            "AttributeValues inside AttributeValueList must be of same type"
        )
    for argument in arguments:
        if type_of(argument) not in operator.types:
            raise InvalidParameter.of_values(
                f"ComparisonOperator {name} is not valid for "
                f"{type_of(argument)} AttributeValue type"
            )
    if name == "BETWEEN" and in_order(ORDERINGS[">"], arguments[0], arguments[1]):
        raise InvalidParameter(
            "The BETWEEN condition was provided a range where the lower bound is greater than "
            "the upper bound"
        )


def _expectation(name: str, condition: Mapping[str, Any], room: Room) -> _Comparison:
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
        return _comparison(name, condition, room)._replace(expected=True)
    if value is None:
        return _Comparison(name, "NULL", [])
    room.canonical(value)
    return _Comparison(name, "EQ", [value])


def _conflict(value: Any, arguments: Any, operator: str | None, exists: bool | None) -> str:
    """What does not go together in one entry of Expected; empty if all does."""
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
