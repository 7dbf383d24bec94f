"""Helpers for tests of grammars: statements and their errors."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.parsing.syntax import ConditionTree
from jedlik.services.dynamodb.partiql.prepared import Prepared
from jedlik.services.dynamodb.partiql.statements import Delete, Insert, Select, Update

NOT_WELL_FORMED = "Statement wasn't well formed, can't be processed: "


def problem(text: str) -> str:
    """The error of a statement that cannot be read."""
    with pytest.raises(ValidationException) as raised:
        Prepared(text)
    assert raised.value.code() == "ValidationException"
    return raised.value.message


def malformed(text: str) -> str:
    """The same for one that is not well formed, without the words that all of these begin with."""
    message = problem(text)
    assert message.startswith(NOT_WELL_FORMED)
    return message.removeprefix(NOT_WELL_FORMED)


def select(text: str) -> Select:
    statement = Prepared(text).statement
    assert isinstance(statement, Select)
    return statement


def update(actions: str) -> Update:
    statement = Prepared(f"UPDATE t {actions} WHERE k = 1").statement
    assert isinstance(statement, Update)
    return statement


def delete(text: str) -> Delete:
    statement = Prepared(text).statement
    assert isinstance(statement, Delete)
    return statement


def insert(text: str) -> tuple[Insert, dict[str, Any]]:
    """An INSERT and the item it makes of literals."""
    prepared = Prepared(text)
    statement = prepared.statement
    assert isinstance(statement, Insert)
    values = {**prepared.literals, **{f"?{n}": {"?": n} for n in range(9)}}
    return statement, {name: values[value] for name, value in statement.attributes}


def where(condition: str) -> tuple[ConditionTree, dict[str, Any]]:
    """A condition and its literals."""
    prepared = Prepared(f"SELECT * FROM t WHERE {condition}")
    assert isinstance(prepared.statement, Select)
    assert prepared.statement.where is not None
    return prepared.statement.where, prepared.literals


def literal(text: str) -> Any:
    """The value of a literal."""
    _, item = insert(f"INSERT INTO t VALUE {{'a': {text}}}")
    return item["a"]
