"""Statements, parsed."""

from __future__ import annotations

import pytest

from jedlik.services.dynamodb.partiql.prepared import Prepared
from jedlik.services.dynamodb.partiql.statement_grammar import column_name
from jedlik.services.dynamodb.partiql.statements import Column, Exists, Ordering, Select, Update
from tests.unit.services.dynamodb.partiql.reading import delete, insert, malformed, problem, select


def test_select_everything() -> None:
    assert select("SELECT * FROM Music") == Select("Music", None, None, None, ())


def test_select_of_an_index() -> None:
    statement = select('SELECT * FROM "my-table"."by.name"')
    assert (statement.table, statement.index) == ("my-table", "by.name")


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("a",), "a"),
        (("a", "b"), "b"),
        (("a", "b", 0), "b[0]"),
        (("a", 1, 2), "a[1][2]"),
        (("a", 1, "b"), "b"),
        (("Devices", "FireStick", "DateWatched", 0), "DateWatched[0]"),
    ],
)
def test_columns_are_called_by_their_last_name(parts: tuple[str | int, ...], name: str) -> None:
    assert column_name(parts) == name


def test_columns_are_parsed_with_their_names() -> None:
    statement = select('SELECT a, b.c[0], "Weird Name" FROM t')
    assert statement.columns == (
        Column("a", ("a",)),
        Column("c[0]", ("b", "c", 0)),
        Column("Weird Name", ("Weird Name",)),
    )


def test_order_by() -> None:
    statement = select("SELECT * FROM t WHERE a = 1 ORDER BY a, b DESC, c ASC")
    assert statement.order == (Ordering("a", False), Ordering("b", True), Ordering("c", False))


def test_keywords_in_any_case_and_a_semicolon() -> None:
    assert select("sElEcT a fRoM t wHeRe a = 1;") == select("SELECT a FROM t WHERE a = 1")


@pytest.mark.parametrize("name", ["size", "value", "Key", "USER", "date", "count", "list"])
def test_words_that_sql_reserves_are_names_only_in_quotes(name: str) -> None:
    assert malformed(f"SELECT a.{name} FROM t") == "Invalid path dot component"
    for text in (
        f"SELECT {name} FROM t",
        f"SELECT * FROM {name}",
        f"SELECT * FROM t WHERE {name} = 1",
        f"SELECT * FROM t WHERE a = 1 ORDER BY {name}",
        f"INSERT INTO t (a, {name}) VALUES (1, 2)",
    ):
        assert malformed(text) == "Unexpected keyword"
    for text in (
        f"UPDATE t SET {name} = 1 WHERE k = 1",
        f"UPDATE t REMOVE {name} WHERE k = 1",
        f"DELETE FROM {name} WHERE k = 1",
    ):
        assert malformed(text) == "Expected identifier for simple path"
    quoted = select(f'SELECT a."{name}" FROM "{name}" WHERE "{name}" = 1')
    assert (quoted.table, quoted.columns) == (name, (Column(name, ("a", name)),))


@pytest.mark.parametrize("name", ["year", "name", "status", "type", "data", "title", "only"])
def test_words_that_only_expressions_reserve_are_names(name: str) -> None:
    assert select(f"SELECT {name} FROM t").columns == (Column(name, (name,)),)


@pytest.mark.parametrize("returning", ["ALL OLD", "ALL NEW", "MODIFIED OLD", "MODIFIED NEW"])
def test_update_returns_in_four_forms(returning: str) -> None:
    statement = Prepared(
        f"UPDATE t SET a = 1 WHERE k = 1 RETURNING {returning.lower()} *"
    ).statement
    assert isinstance(statement, Update)
    assert statement.returning == returning


def test_delete_returns_in_one_form() -> None:
    assert delete("DELETE FROM t WHERE k = 1 RETURNING ALL OLD *").returning == "ALL OLD"
    assert delete("DELETE FROM t WHERE k = 1").returning is None
    for other in ("MODIFIED OLD", "ALL NEW", "MODIFIED NEW"):
        assert problem(f"DELETE FROM t WHERE k = 1 RETURNING {other} *") == (
            f"Invalid returning clause: RETURNING {other} *. "
            "Only RETURNING ALL OLD * is allowed in DELETE statements."
        )


def test_from_first_update() -> None:
    for actions, returning in (("REMOVE b", ""), ("SET a = c REMOVE b", " RETURNING ALL NEW *")):
        first = Prepared(f"FROM t WHERE k = 1 {actions}{returning}").statement
        assert first == Prepared(f"UPDATE t {actions} WHERE k = 1{returning}").statement


def test_insert_is_parsed() -> None:
    statement, item = insert("INSERT INTO \"Music\" value {'a' : 'x', 'b': {'c': 1}}")
    assert statement.table == "Music"
    assert item == {"a": {"S": "x"}, "b": {"M": {"c": {"N": "1"}}}}


def test_insert_of_parameters() -> None:
    assert insert("INSERT INTO t VALUE {'a': ?, 'b': ?}")[1] == {"a": {"?": 0}, "b": {"?": 1}}
    assert insert("INSERT INTO t VALUE ?")[0].whole == "?0"


def test_exists_is_parsed() -> None:
    statement = Prepared("EXISTS(SELECT * FROM t WHERE a = 1 AND b IS MISSING)").statement
    assert isinstance(statement, Exists)
    assert statement.select == select("SELECT * FROM t WHERE a = 1 AND b IS MISSING")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "Expected data manipulation"),
        ("-- nothing", "Expected data manipulation"),
        ("SLECT * FROM t", "Expected data manipulation"),
        ("CREATE TABLE t", "Expected data manipulation"),
        ("EXISTS", "Expected data manipulation"),
        ("SELECT", "Unexpected term"),
        ("SELECT FROM t", "Unexpected keyword"),
        ("SELECT * FROM", "Unexpected term"),
        ("SELECT *", "Expected FROM after SELECT list"),
        ("SELECT * t", "Expected FROM after SELECT list"),
        ("SELECT a WHERE b = 1", "Expected FROM after SELECT list"),
        ("SELECT * FROM t LIMIT", "Unexpected term"),
        ("SELECT * FROM www.", "Invalid path dot component"),
        ("SELECT * FROM www. WHERE a = 1", "Invalid path dot component"),
        ("INSERT INTO www. VALUE {'a': 1}", "Invalid path dot component"),
        ("SELECT a, FROM t", "Unexpected keyword"),
        ("SELECT * FROM t ORDER BY a WHERE a = 1", "Unexpected token after expression"),
        ("SELECT * FROM t ORDER a", "Expected BY"),
        (
            "SELECT * FROM t; SELECT * FROM t",
            "Unexpected token after semicolon. (Only one query is allowed.)",
        ),
        ("DELETE FROM", "Expected identifier for simple path"),
        ("DELETE FROM WHERE a = 1", "Expected identifier for simple path"),
        ("DELETE t", "Expected FROM after DELETE"),
        ("DELETE FROM t WHERE a = 1 ORDER BY a", "Unexpected token after expression"),
        (
            "DELETE FROM t WHERE a = 1 RETURNING ALL *",
            "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element.",
        ),
        ("DELETE FROM t WHERE a = 1 RETURNING ALL OLD", "Unexpected term"),
        ("UPDATE", "Expected identifier for simple path"),
        ("FROM t SET a = 1 WHERE k = 1", "Unexpected token after expression"),
        ("INSERT INTO t VALUE {'a': 1} foo", "Unexpected token after expression"),
        ("INSERT INTO t u VALUE {'a': 1}", "Unexpected token after expression"),
        ("INSERT INTO t (a) VALUES (1)", "Unexpected token after expression"),
        ("INSERT INTO t VALUES {'a': 1}", "Expected LEFT_PAREN for row value constructor"),
        ("INSERT INTO t VALUE", "Unexpected term"),
        ("INSERT INTO t VALUE 5", "Unexpected term"),
        ("INSERT INTO t VALUE {'a': 1", "Expected RIGHT_CURLY"),
        ("INSERT INTO", "Expected identifier for simple path"),
        ("INSERT t", "Unexpected keyword"),
        ("EXISTS(SELECT * FROM t WHERE a = 1", "Expected RIGHT_PAREN"),
        ("EXISTS(DELETE FROM t)", "Unexpected keyword"),
    ],
)
def test_malformed_statements(text: str, found: str) -> None:
    assert malformed(text) == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('SELECT * FROM "t" u WHERE a = 1', "Aliasing is not supported"),
        ("SELECT * FROM t AS u", "Aliasing is not supported"),
        ('SELECT * FROM t "u"', "Aliasing is not supported"),
        ("SELECT a AS b FROM t", "Aliasing is not supported"),
        ("UPDATE t u SET a = 1 WHERE k = 1", "Aliasing is not supported"),
        ("DELETE FROM t u WHERE k = 1", "Aliasing is not supported"),
        ('SELECT * FROM "a"."b"."c"', "A path may contain at most 2 components in the FROM clause"),
        ('SELECT * FROM "a".""', "Path component cannot be an empty string"),
        ('SELECT * FROM "" WHERE a = 1', "Path component cannot be an empty string"),
        ("INSERT INTO \"\" VALUE {'a': 1}", "Path component cannot be an empty string"),
        ('UPDATE "t"."i" SET a = 1 WHERE k = 1', "This operation is not supported on an index"),
        ('DELETE FROM "t"."i" WHERE k = 1', "This operation is not supported on an index"),
        ("INSERT INTO t.i VALUE {'a': 1}", "This operation is not supported on an index"),
        ("SELECT * FROM a, b", "Only select from a single table or index is supported."),
        ("SELECT * FROM a JOIN b", "Only select from a single table or index is supported."),
        ("SELECT * FROM 'a'", "Unexpected from source"),
        ("SELECT * FROM my-table WHERE a = 1", "Unexpected from source"),
        ("SELECT * FROM t LIMIT 50", "Unsupported clause: LIMIT at 1:23:2"),
        ("SELECT * FROM t WHERE a = 1 LIMIT ?", "Unsupported clause: LIMIT at 1:35:1"),
        ("SELECT * FROM t WHERE a = 1 GROUP BY a", "Unsupported clause: GROUP at 1:29:5"),
        ("SELECT COUNT(*) FROM t", "Unexpected path component at 1:8:5"),
        ("SELECT VALUE a FROM t", "Select projection doesn't support value or pivot keywords"),
        ("SELECT PIVOT a AT b FROM t", "Select projection doesn't support value or pivot keywords"),
        ("SELECT a, b, a FROM t", "Duplicate identifiers in select clause: a"),
        ("SELECT m.a, n.a FROM t", "Duplicate identifiers in select clause: a"),
        ("SELECT a[0], m.a[0] FROM t", "Duplicate identifiers in select clause: a[0]"),
        (
            "INSERT INTO t VALUE {'a': 1} RETURNING ALL OLD *",
            "RETURNING is not supported in INSERT",
        ),
        ("INSERT INTO t VALUE ? RETURNING ALL OLD *", "RETURNING is not supported in INSERT"),
        ("SELECT a, size(b) FROM t", "Unexpected path component at 1:11:4"),
        (
            "SELECT *, a FROM t",
            "Other attributes should not be present in the projection when '*' is used.",
        ),
        ("INSERT INTO t VALUE {'': 1}", "Empty attribute name"),
    ],
)
def test_what_statements_cannot_ask(text: str, message: str) -> None:
    assert problem(text) == message
