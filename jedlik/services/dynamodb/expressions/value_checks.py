"""Checks of values for an expression that was checked in full before.

A cached plan was valid for the values it was made with. For others, three checks are left: whether
all of them are defined, whether their types are those of the operators, and whether their content
is valid where it matters (bounds in order, names of types). If a plan does not accept values, they
may still be valid: the full check finds the error, if any.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jedlik.services.dynamodb.expressions.checks import (
    ORDERED,
    PREFIXED,
    SIZED,
    check_bounds,
    check_type_name,
)
from jedlik.services.dynamodb.expressions.comparing import ORDERINGS
from jedlik.services.dynamodb.expressions.paths import Values
from jedlik.services.dynamodb.expressions.syntax import (
    Between,
    Clause,
    Comparison,
    FunctionCall,
    Operand,
    Value,
    calls_of,
    operands_of,
)

Typed = tuple[str, frozenset[str]]
"""A placeholder and the types that its value may have."""

ContentCheck = Callable[[str, Values], None]
"""Takes the expression's member of the request and the values; raises ValidationException."""


class ValueChecks:
    """Checks the values of a request; `values` are the placeholders that must be defined."""

    __slots__ = ("_content", "_typed", "values")

    def __init__(
        self,
        values: frozenset[str],
        typed: Sequence[Typed],
        content: Sequence[ContentCheck] = (),
    ) -> None:
        self.values = values
        self._typed = tuple(dict.fromkeys(typed))
        self._content = tuple(content)

    def accept(self, values: Values, parameter: str) -> bool:
        """Whether the values are defined and have the right types; raises for invalid content."""
        if not self.values <= values.keys():
            return False
        for name, allowed in self._typed:
            (kind,) = values[name]
            if kind not in allowed:
                return False
        for check in self._content:
            check(parameter, values)
        return True


def condition_checks(values: frozenset[str], clauses: Sequence[Clause]) -> ValueChecks:
    """The checks that a condition's clauses need."""
    return ValueChecks(
        values,
        [typed for clause in clauses for typed in _typed_values(clause)],
        [check for clause in clauses for check in _content_checks(clause)],
    )


def _typed_values(clause: Clause) -> list[Typed]:
    typed: list[Typed] = []

    def note(operands: Sequence[Operand], allowed: frozenset[str]) -> None:
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
