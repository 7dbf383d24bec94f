"""The table of a key: what is wrong with the key itself is said first."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import ResourceNotFoundException, ValidationException
from jedlik.services.dynamodb.operations.items.key_tables import table_of_key
from tests.control_plane import ControlPlane, on_demand


def test_errors_of_the_key_come_before_those_of_the_table(plane: ControlPlane) -> None:
    key: dict[str, Any] = {"p": {"S": "x"}}
    with pytest.raises(ResourceNotFoundException):
        plane.run(table_of_key(plane.database, "missing", key))
    with pytest.raises(ValidationException):
        plane.run(table_of_key(plane.database, "missing", {"p": {"N": "x"}}))


def test_an_invalid_key_of_a_table_that_exists_is_left_to_the_table(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand("tab"))
    table = plane.run(table_of_key(plane.database, "tab", {"p": {"N": "x"}}))
    assert table.model.name == "tab"
