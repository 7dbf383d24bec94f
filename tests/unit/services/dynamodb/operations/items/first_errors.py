"""Requests with errors, and the texts of these, for tests of which error comes first."""

from __future__ import annotations

from typing import Any

from tests.control_plane import ControlPlane

EMPTY_VALUE = (
    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
)
NAMED_TWICE = "One or more parameter values were invalid: Duplicate value in attribute name: a"
ARGUMENTS = (
    "One or more parameter values were invalid: "
    "Invalid number of argument(s) for the EQ ComparisonOperator"
)
BAD_FILTER: dict[str, Any] = {"a": {"ComparisonOperator": "EQ"}}


def text(plane: ControlPlane, operation: str, **payload: Any) -> str:
    """The text of the error; the table is missing unless named."""
    return plane.refusal(operation, **{"TableName": "Missing", **payload}).message
