"""Checks of operands that conditions, updates and projections share, and texts of their errors."""

from __future__ import annotations

from collections.abc import Mapping

from jedlik.services.dynamodb.expressions.parsing.lexer import invalid
from jedlik.services.dynamodb.expressions.parsing.syntax import Comparand, Value, leaves_of
from jedlik.services.dynamodb.expressions.paths import Values


def wrong_type(operator: str, kind: str) -> str:
    """The text for an operand of a type that the operator does not accept."""
    return (
        "Incorrect operand type for operator or function; "
        f"operator or function: {operator}, operand type: {kind}"
    )


def wrong_count(function: str, count: int) -> str:
    """The text for a function with a wrong number of operands."""
    return (
        "Incorrect number of operands for operator or function; "
        f"operator or function: {function}, number of operands: {count}"
    )


def needs_path(function: str) -> str:
    """The text for a function whose first operand is not a document path."""
    return f"Operator or function requires a document path; operator or function: {function}"


def check_defined(
    operand: Comparand, parameter: str, names: Mapping[str, str], values: Values
) -> None:
    """Raise ValidationException for the first placeholder that the request does not define.

    `parameter` is the expression's member of the request.
    """
    for leaf in leaves_of(operand):
        if isinstance(leaf, Value):
            if leaf.name not in values:
                raise invalid(
                    parameter,
                    "An expression attribute value used in expression is not defined; "
                    f"attribute value: {leaf.name}",
                )
            continue
        for part in leaf.parts:
            if isinstance(part, str) and part[0] == "#" and part not in names:
                raise invalid(
                    parameter,
                    "An expression attribute name used in the document path is not defined; "
                    f"attribute name: {part}",
                )
