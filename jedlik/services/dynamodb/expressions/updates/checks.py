"""Checks of an update's operands: their number and their types."""

from __future__ import annotations

from jedlik.services.dynamodb.expressions.operand_checks import needs_path, wrong_count, wrong_type
from jedlik.services.dynamodb.expressions.parsing.grammar import UPDATE_FUNCTIONS
from jedlik.services.dynamodb.expressions.parsing.lexer import invalid
from jedlik.services.dynamodb.expressions.parsing.syntax import (
    Action,
    FunctionCall,
    Path,
    Value,
    calls_of,
)
from jedlik.services.dynamodb.expressions.paths import Values
from jedlik.services.dynamodb.expressions.value_checks import Typed
from jedlik.values.attribute import SET_TYPES, type_of

UPDATE = "UpdateExpression"

_LONG_NAMES = {
    "S": "STRING", "N": "NUMBER", "B": "BINARY", "NULL": "NULL", "BOOL": "BOOL",
    "L": "LIST", "M": "MAP",
}  # fmt: skip
"""The names of types in the errors of ADD and DELETE."""

_SETS = frozenset(SET_TYPES)
_OPERAND_TYPES = {
    "ADD": frozenset(["N", *SET_TYPES]),
    "DELETE": _SETS,
    "+": frozenset("N"),
    "-": frozenset("N"),
    "list_append": frozenset("L"),
}


def check_action(action: Action, values: Values) -> list[Typed]:
    """Check counts and types of an action; returns the values whose type matters."""
    operand = action.operand
    typed: list[Typed] = []
    if operand is None:
        return typed
    if action.section in _OPERAND_TYPES:
        assert isinstance(operand, Value)
        allowed = _OPERAND_TYPES[action.section]
        kind = type_of(values[operand.name])
        if kind not in allowed:
            raise invalid(
                UPDATE,
                "Incorrect operand type for operator or function; "
                f"operator: {action.section}, operand type: {_LONG_NAMES.get(kind, kind)}, "
                # Also for DELETE (Floci's tests of ADD and DELETE, September 2026).
                "typeSet: ALLOWED_FOR_ADD_OPERAND",
            )
        return [(operand.name, allowed)]
    for call in calls_of(operand):
        typed += _check_call(call, values)
    return typed


def _check_call(call: FunctionCall, values: Values) -> list[Typed]:
    function = call.function
    if len(call.operands) != UPDATE_FUNCTIONS.get(function, 2):
        raise invalid(UPDATE, wrong_count(function, len(call.operands)))
    if function == "if_not_exists":
        if not isinstance(call.operands[0], Path):
            raise invalid(UPDATE, needs_path(function))
        return []
    typed = []
    allowed = _OPERAND_TYPES[function]
    for operand in call.operands:
        kind = ""
        if isinstance(operand, Value):
            kind = type_of(values[operand.name])
            typed.append((operand.name, allowed))
        elif isinstance(operand, FunctionCall) and operand.function == "list_append":
            kind = "L"
        if kind and kind not in allowed:
            raise invalid(UPDATE, wrong_type(function, kind))
    return typed
