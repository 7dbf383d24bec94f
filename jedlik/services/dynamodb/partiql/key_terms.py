"""Single conditions on key attributes."""

from __future__ import annotations

from typing import NamedTuple

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.parsing.syntax import (
    And,
    Between,
    Comparison,
    ConditionTree,
    FunctionCall,
    In,
    Path,
    Value,
    clauses_of,
    leaves_of,
    operands_of,
)

KeySchema = tuple[tuple[str, str, str], ...]
"""Name, type (S, N or B) and role (HASH or RANGE) of each key attribute."""

_FLIPPED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


class WrongKeyType(ValidationException):
    """A key attribute is given a value of another type."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Key attribute's data type should match its data type in table's schema: Key {name}"
        )

    @classmethod
    def code(cls) -> str:
        return ValidationException.code()


class KeyTerm(NamedTuple):
    """A condition on a key attribute: `=`, `<`, `<=`, `>`, `>=`, `BETWEEN` or `begins_with`, and
    the placeholders of its values."""

    attribute: str
    operator: str
    values: tuple[str, ...]


def key_term(condition: ConditionTree) -> KeyTerm | None:
    """The term of a condition on one top-level attribute; None if it has another form."""
    if isinstance(condition, Comparison):
        left, right, operator = condition.left, condition.right, condition.operator
        if isinstance(left, Value):
            left, right, operator = right, left, _FLIPPED.get(operator, "")
        if isinstance(right, Value) and operator in _FLIPPED:
            return _term(left, operator, right)
    elif isinstance(condition, Between):
        low, high = condition.low, condition.high
        if isinstance(low, Value) and isinstance(high, Value):
            return _term(condition.operand, "BETWEEN", low, high)
    elif isinstance(condition, FunctionCall) and condition.function == "begins_with":
        first, prefix = condition.operands
        if isinstance(prefix, Value):
            return _term(first, "begins_with", prefix)
    return None


def _term(path: object, operator: str, *values: Value) -> KeyTerm | None:
    if not isinstance(path, Path) or len(path.parts) != 1:
        return None
    return KeyTerm(str(path.parts[0]), operator, tuple(value.name for value in values))


def key_terms(condition: ConditionTree) -> list[KeyTerm]:
    """The same for conditions that give one or several values (IN)."""
    if isinstance(condition, In):
        terms = [
            _term(condition.operand, "=", option) if isinstance(option, Value) else None
            for option in condition.options
        ]
        found = [term for term in terms if term is not None]
        return found if len(found) == len(terms) else []
    term = key_term(condition)
    return [] if term is None else [term]


def equality(term: KeyTerm) -> ConditionTree:
    """The condition that an attribute has a value."""
    return Comparison("=", Path((term.attribute,)), Value(term.values[0]))


def conjuncts(where: ConditionTree | None) -> tuple[ConditionTree, ...]:
    """The conditions that must all hold."""
    if where is None:
        return ()
    return where.conditions if isinstance(where, And) else (where,)


def mentions(condition: ConditionTree, attribute: str) -> bool:
    """Whether a condition reads an attribute or a part of it."""
    return any(
        isinstance(leaf, Path) and leaf.parts[0] == attribute
        for clause in clauses_of(condition)
        for operand in operands_of(clause)
        for leaf in leaves_of(operand)
    )
