"""The parameters of a statement."""

from __future__ import annotations

from jedlik.values.attribute import AttributeValue
from jedlik.values.canonical import Room


def check_parameters(parameters: list[AttributeValue] | None) -> None:
    """Bring parameters to canonical form. Raises ValidationException where one is no value, and
    where they are more than a request's placeholders may be."""
    if parameters:
        room = Room()
        for parameter in parameters:
            room.canonical(parameter)
