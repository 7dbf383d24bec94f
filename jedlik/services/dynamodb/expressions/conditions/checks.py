"""Checks of conditions: undefined placeholders, counts, types.

The service checks a condition clause by clause in the order of the text and reports the first
problem: within a clause first an undefined placeholder, then a wrong number of operands, then equal
operands that must differ, then types. The types of attributes are not known here, only those of
values in the request and of the results of functions.

`condition_checks` are those that are repeated for the values of later requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jedlik.base.limits import MAX_IN_OPERANDS
from jedlik.services.dynamodb.expressions.conditions.comparing import ORDERINGS, in_order
from jedlik.services.dynamodb.expressions.operand_checks import (
    check_defined,
    needs_path,
    wrong_count,
    wrong_type,
)
from jedlik.services.dynamodb.expressions.parsing.grammar import CONDITION_FUNCTIONS
from jedlik.services.dynamodb.expressions.parsing.lexer import invalid
from jedlik.services.dynamodb.expressions.parsing.syntax import (
    Between,
    Clause,
    Comparand,
    Comparison,
    ConditionTree,
    FunctionCall,
    In,
    Path,
    Truth,
    Value,
    calls_of,
    clauses_of,
    leaves_of,
    operands_of,
)
from jedlik.services.dynamodb.expressions.paths import Values, resolve, show
from jedlik.services.dynamodb.expressions.value_checks import ContentCheck, Typed, ValueChecks
from jedlik.values.attribute import AttributeValue, type_of

ORDERED = frozenset(["S", "N", "B"])
PREFIXED = frozenset(["S", "B"])
SIZED = frozenset(["S", "B", "SS", "NS", "BS", "L", "M"])

# How the service lists types: older texts in the order of a hash, newer ones in its own order
# (public tests and tools of 2026; PartiQL's order was measured by Floci's tests).
_TYPE_NAMES = "N,BS,L,B,NULL,M,S,SS,NS,BOOL"
_TYPES = frozenset(_TYPE_NAMES.split(","))
_NEWER_TYPE_NAMES = "S,SS,N,NS,B,BS,BOOL,NULL,L,M"
_ANY_TYPE = (
    "SS,M,DECIMAL,DOUBLESET,HDS,N,B,DICT,INTSET,BOOL,HD,BS,INT,DECIMALSET,NULL,FLOAT,FS,S,L,NS,"
    "DOUBLE"
)
"""What an attribute of unknown type may have, types of the service's own among them."""
_NEWER_ANY_TYPE = (
    f"{_NEWER_TYPE_NAMES},HD,DOUBLE,FLOAT,HDS,FS,DOUBLESET,DICT,DECIMAL,INT,DECIMALSET,INTSET"
)


class ClauseChecker:
    """Checks clauses of one expression against the placeholders of one request."""

    __slots__ = ("_names", "_parameter", "_values")

    def __init__(self, parameter: str, names: Mapping[str, str], values: Values) -> None:
        self._parameter = parameter
        self._names = names
        self._values = values

    def check(self, clause: Clause) -> None:
        """Raise ValidationException for the first problem of a clause."""
        operands = operands_of(clause)
        for operand in operands:
            check_defined(operand, self._parameter, self._names, self._values)
        calls = [call for operand in operands for call in calls_of(operand)]
        if isinstance(clause, FunctionCall):
            calls.append(clause)
        for call in calls:
            if len(call.operands) != CONDITION_FUNCTIONS[call.function]:
                self._fail(wrong_count(call.function, len(call.operands)))
        for call in calls:
            self._check_distinct(call.function, call.operands)
        if isinstance(clause, Comparison):
            self._check_distinct(clause.operator, operands)
        for call in calls:
            self._check_call(call)
        self._check_clause(clause)

    def _check_clause(self, clause: Clause) -> None:
        if isinstance(clause, Comparison):
            if clause.operator not in ("=", "<>"):
                self._check_types(clause.operator, (clause.left, clause.right), ORDERED)
        elif isinstance(clause, Between):
            self._check_types("BETWEEN", operands_of(clause), ORDERED)
            if isinstance(clause.low, Value) and isinstance(clause.high, Value):
                check_bounds(
                    self._parameter, self._values[clause.low.name], self._values[clause.high.name]
                )
        elif isinstance(clause, In) and len(clause.options) > MAX_IN_OPERANDS:
            self._fail(
                "The IN operator is provided with too many operands; "
                f"number of operands: {len(clause.options)}"
            )

    def _check_call(self, call: FunctionCall) -> None:
        function, first = call.function, call.operands[0]
        if function in ("attribute_exists", "attribute_not_exists"):
            if not isinstance(first, Path):
                self._fail(needs_path(function))
        elif function == "begins_with":
            self._check_types(function, call.operands, PREFIXED)
        elif function == "size":
            self._check_types(function, call.operands, SIZED)
        elif function == "attribute_type":
            second = call.operands[1]
            if isinstance(second, Path):
                raise invalid(
                    self._parameter,
                    wrong_type(function, f"{{{_ANY_TYPE}}}"),
                    newer=wrong_type(function, f"{{{_NEWER_ANY_TYPE}}}"),
                )
            self._check_types(function, (second,), frozenset("S"))
            if isinstance(second, Value):
                check_type_name(self._parameter, self._values[second.name])

    def _check_types(
        self, operator: str, operands: tuple[Comparand, ...], allowed: frozenset[str]
    ) -> None:
        for operand in operands:
            kind = self._type(operand)
            if kind and kind not in allowed:
                self._fail(wrong_type(operator, kind))

    def _type(self, operand: Comparand) -> str:
        """The type of an operand; empty if it depends on the item."""
        if isinstance(operand, Value):
            return type_of(self._values[operand.name])
        if isinstance(operand, FunctionCall):
            return "N" if operand.function == "size" else "BOOL"
        return "BOOL" if isinstance(operand, Truth) else ""

    def _check_distinct(self, operator: str, operands: tuple[Comparand, ...]) -> None:
        if len(operands) != 2:
            return
        first, second = operands
        if isinstance(first, Path) and isinstance(second, Path):
            path = resolve(first.parts, self._names)
            if path == resolve(second.parts, self._names):
                self._fail(
                    "The first operand must be distinct from the remaining operands for this "
                    f"operator or function; operator: {operator}, first operand: {show(path)}"
                )

    def _fail(self, problem: str) -> None:
        raise invalid(self._parameter, problem)


def show_value(value: AttributeValue) -> str:
    """A scalar value as in the service's errors."""
    ((kind, content),) = value.items()
    return f"AttributeValue: {{{kind}:{content}}}"


def check_bounds(parameter: str, low: AttributeValue, high: AttributeValue) -> None:
    """Raise ValidationException unless two bounds have one type, and the low one is not greater."""
    if type_of(low) != type_of(high):
        problem = "same data type for lower and upper bounds"
    elif in_order(lambda one, other: one > other, low, high):
        problem = "upper bound to be greater than or equal to lower bound"
    else:
        return
    raise invalid(
        parameter,
        f"The BETWEEN operator requires {problem}; lower bound operand: {show_value(low)}, "
        f"upper bound operand: {show_value(high)}",
    )


def check_type_name(parameter: str, value: AttributeValue) -> None:
    """Raise ValidationException unless a string names a type."""
    name = value.get("S")
    if name not in _TYPES:
        problem = f"Invalid attribute type name found; type: {name}, valid types: "
        raise invalid(
            parameter,
            f"{problem}{{{_TYPE_NAMES}}}",
            newer=f"{problem}{{{_NEWER_TYPE_NAMES}}}",
        )


def check_condition(
    tree: ConditionTree, parameter: str, names: Mapping[str, str], values: Values
) -> None:
    """Raise ValidationException for the first problem of a condition."""
    checker = ClauseChecker(parameter, names, values)
    for clause in clauses_of(tree):
        checker.check(clause)


def condition_leaves(tree: ConditionTree) -> list[Path | Value]:
    """The paths and values in a condition, in the order of the text."""
    return [
        leaf
        for clause in clauses_of(tree)
        for operand in operands_of(clause)
        for leaf in leaves_of(operand)
    ]


def condition_checks(values: frozenset[str], clauses: Sequence[Clause]) -> ValueChecks:
    """The checks that a condition's clauses need."""
    return ValueChecks(
        values,
        [typed for clause in clauses for typed in _typed_values(clause)],
        [check for clause in clauses for check in _content_checks(clause)],
    )


def _typed_values(clause: Clause) -> list[Typed]:
    typed: list[Typed] = []

    def note(operands: Sequence[Comparand], allowed: frozenset[str]) -> None:
        typed.extend((operand.name, allowed) for operand in operands if isinstance(operand, Value))

    operands = operands_of(clause)
    if isinstance(clause, Between) or (
        isinstance(clause, Comparison) and clause.operator in ORDERINGS
    ):
        note(operands, ORDERED)
    calls = [call for operand in operands for call in calls_of(operand)]
    if isinstance(clause, FunctionCall):
        calls.append(clause)
    for call in calls:
        if call.function == "begins_with":
            note(call.operands, PREFIXED)
        elif call.function == "size":
            note(call.operands, SIZED)
        elif call.function == "attribute_type":
            note(call.operands[1:], frozenset("S"))
    return typed


def _content_checks(clause: Clause) -> list[ContentCheck]:
    if isinstance(clause, Between):
        low, high = clause.low, clause.high
        if isinstance(low, Value) and isinstance(high, Value):
            return [
                lambda parameter, values: check_bounds(
                    parameter, values[low.name], values[high.name]
                )
            ]
    if isinstance(clause, FunctionCall) and clause.function == "attribute_type":
        second = clause.operands[1]
        if isinstance(second, Value):
            return [lambda parameter, values: check_type_name(parameter, values[second.name])]
    return []
