"""Statements that are parsed once."""

from __future__ import annotations

import pytest

from jedlik.base.bounded_cache import BoundedCache
from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.partiql import prepared
from jedlik.services.dynamodb.partiql.prepared import MAX_PLANS_OF_A_STATEMENT, Prepared, prepare


def test_a_text_is_read_once() -> None:
    assert prepare("SELECT * FROM once") is prepare("SELECT * FROM once")
    assert prepare("SELECT * FROM once") is not prepare("SELECT * FROM once ")


def test_texts_that_are_kept_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    room = 3 * prepared._weight("SELECT * FROM t0")
    monkeypatch.setattr(prepared, "_statements", BoundedCache(room))
    first = prepare("SELECT * FROM t0")
    for number in range(1, 4):
        prepare(f"SELECT * FROM t{number}")
    assert len(prepared._statements) == 3
    assert prepare("SELECT * FROM t0") is not first


def test_errors_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "_statements", BoundedCache(10_000))
    for _ in range(2):
        with pytest.raises(ValidationException):
            prepare("SELECT")
    assert len(prepared._statements) == 0


def test_plans_that_are_kept_are_bounded() -> None:
    statement = Prepared("SELECT * FROM t")
    schemas = [((f"k{number}", "S", "HASH"),) for number in range(MAX_PLANS_OF_A_STATEMENT + 1)]
    for schema in schemas:
        statement.keep(schema, schema[0][0])
    assert statement.plan(schemas[0]) is None
    assert statement.plan(schemas[1]) == "k1"
    assert statement.plan((("k2", "S", "HASH"),)) == "k2"
    assert statement.plan(schemas[-1]) == f"k{MAX_PLANS_OF_A_STATEMENT}"


def test_parameters_are_counted() -> None:
    statement = Prepared("SELECT * FROM t WHERE a = ? AND b = 'x' AND c = ?")
    one, two = {"S": "1"}, {"N": "2"}
    assert statement.bind([one, two]) == {"'0": {"S": "x"}, "?0": one, "?1": two}
    for wrong in (None, [], [one], [one, two, one]):
        with pytest.raises(ValidationException) as raised:
            statement.bind(wrong)
        assert raised.value.message == (
            "Number of parameters in request and statement don't match."
        )


def test_a_statement_without_parameters_takes_none() -> None:
    statement = Prepared("SELECT * FROM t WHERE a = 'it is a ?'")
    assert statement.bind(None) == {"'0": {"S": "it is a ?"}}
    with pytest.raises(ValidationException):
        statement.bind([{"S": "x"}])
