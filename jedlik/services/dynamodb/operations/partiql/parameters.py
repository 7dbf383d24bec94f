"""The parameters of a statement."""

from __future__ import annotations

from typing import Final

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.partiql.prepared import WRONG_PARAMETERS
from jedlik.values.attribute import AttributeValue
from jedlik.values.canonical import ValueBudget

MAX_STATEMENT_SIZE: Final = 8192
"""Characters of a statement; the limit is the shape's."""


def check_parameters(parameters: list[AttributeValue] | None) -> None:
    """Bring parameters to canonical form. Raises ValidationException if one is not a value, and if
    there are more than a request may have placeholders, or a statement characters."""
    if parameters:
        if len(parameters) > MAX_STATEMENT_SIZE:
            raise ValidationException(WRONG_PARAMETERS)
        budget = ValueBudget()
        for parameter in parameters:
            budget.canonical(parameter)
