"""Statements of random tokens: each is parsed, or refused with ValidationException, quickly."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import ServiceError, ValidationException
from jedlik.services.dynamodb.partiql.prepared import Prepared
from tests.control_plane import ControlPlane, on_demand
from tests.properties import examples

TOKENS = [
    "SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "BETWEEN", "IS", "MISSING", "NULL",
    "ORDER", "BY", "DESC", "INSERT", "INTO", "VALUE", "UPDATE", "SET", "REMOVE", "DELETE",
    "RETURNING", "ALL", "OLD", "NEW", "MODIFIED", "EXISTS", "LIKE", "LIMIT", "AS", "true", "pk",
    "sk", '"pk"', "x", '"t"', "t", "begins_with", "contains", "size", "attribute_type", "set_add",
    "set_delete", "list_append", "'a'", "''", "1", "-1", "1e5", ".5", "?", "(", ")", "[", "]", "{",
    "}", "<<", ">>", ",", ".", ":", ";", "*", "=", "<>", "!=", "<", ">", "<=", ">=", "+", "-",
    "/* c */", "-- c\n", "'", '"', "#", "`", "@", "é", "\x00", "\ud800",
]  # fmt: skip

STEMS = [
    "", "SELECT * FROM t WHERE ", "SELECT * FROM t WHERE pk = 'a' AND ", "SELECT ",
    "INSERT INTO t VALUE {'pk': 'a', 'x': ", "UPDATE t SET x = ", "UPDATE t SET ",
    "DELETE FROM t WHERE pk = 'a' AND ", "EXISTS(SELECT * FROM t WHERE ",
]  # fmt: skip

soups = st.builds(
    lambda stem, tokens, gap: stem + gap.join(tokens),
    st.sampled_from(STEMS),
    st.lists(st.sampled_from(TOKENS) | st.text(max_size=3), max_size=25),
    st.sampled_from([" ", " ", ""]),
)
parameters = st.lists(
    st.sampled_from([{"S": "a"}, {"N": "1"}, {"SS": ["a"]}, {"M": {"pk": {"S": "b"}}}]), max_size=3
)

SECONDS = 2.0
"""Of the processor, for 8192 characters."""


def read(text: str) -> None:
    started = time.process_time()
    with contextlib.suppress(ValidationException):
        Prepared(text)
    assert time.process_time() - started < SECONDS


@examples(400)
@given(soups)
def test_token_soup_is_read_or_refused(text: str) -> None:
    read(text)


@pytest.mark.parametrize(
    "unit",
    ["(", "NOT ", "[", "{'a':", "<<", "a.", "a[0]", "'", '"', "''", "a AND ", "a = 1 AND ",
     "a = 1 OR b = 2 AND ", "(a = 1 OR ", "size(", "-", "- ", "/*", "/**/", "--\n", "9", "1e", ".",
     "a IN [1,", "NOT a = 1 OR NOT ", "(NOT "],
)  # fmt: skip
def test_long_repetitions_end_soon_and_never_in_recursion(unit: str) -> None:
    for stem in STEMS:
        read((stem + unit * 8192)[:8192])


@pytest.fixture(scope="module")
def plane() -> Any:
    plane = ControlPlane()
    plane.call("CreateTable", **on_demand("t", "pk", "/sk"))
    plane.call("CreateTable", **on_demand("u"))
    yield plane
    plane.close()


def status(plane: ControlPlane, operation: str, payload: dict[str, Any]) -> int:
    try:
        plane.call(operation, **payload)
    except ServiceError as error:
        return error.status
    return 200


@examples(300)
@given(soups, parameters)
def test_token_soup_is_carried_out_or_refused(
    plane: ControlPlane, text: str, parameters: list[dict[str, Any]]
) -> None:
    if not text or not text.isascii():
        return
    request: dict[str, Any] = {"Statement": text}
    if parameters:
        request["Parameters"] = parameters
    for operation, payload in (
        ("ExecuteStatement", request),
        ("BatchExecuteStatement", {"Statements": [request, request]}),
        ("ExecuteTransaction", {"TransactStatements": [request]}),
    ):
        assert status(plane, operation, payload) in (200, 400)


@examples(200)
@given(st.text("ABCDEFabcdef0123456789+/=", max_size=60) | st.text(max_size=10))
def test_tokens_of_clients_are_refused(plane: ControlPlane, token: str) -> None:
    if not token or not token.isprintable():
        return
    message = plane.invalid("ExecuteStatement", Statement="SELECT * FROM u", NextToken=token)
    assert message in ("Invalid NextToken", "NextToken does not match request")
