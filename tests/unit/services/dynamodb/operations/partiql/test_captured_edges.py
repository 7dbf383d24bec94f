"""Edges of ExecuteStatement that Floci's tests captured from the service (September 2026)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.control_plane import ControlPlane
from tests.unit.services.dynamodb.operations.partiql.statements import Statements, create_music

BY_GENRE = 'SELECT Artist FROM "Music"."ByGenre" WHERE'
LACKING = (
    "One or more parameter values were invalid: Secondary index ByGenre does not project one or "
    "more filter attributes: "
)


@pytest.fixture
def music(plane: ControlPlane) -> Statements:
    create_music(plane)
    return Statements(plane)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("(Genre = 'b' AND y = 1) OR (Genre = 'q' AND z = 1)", f"{LACKING}[z]"),
        ("(Genre = 'q' AND y = 1) OR (Genre = 'b' AND z = 1)", f"{LACKING}[y]"),
        (
            "(Genre = 'q' AND y = 1) OR (Genre = 'q' AND z = 1)",
            "Overlapping conditions with range keys are not supported in where clause",
        ),
    ],
)
def test_of_several_partitions_of_an_index_the_filter_of_one_is_refused(
    music: Statements, where: str, message: str
) -> None:
    assert music.invalid(f"{BY_GENRE} {where}") == message


def test_the_filters_of_other_partitions_are_not_looked_at(music: Statements) -> None:
    found = music.run(f"{BY_GENRE} (Genre = 'y' AND z = 1) OR Genre = 'y2'")
    assert found["Items"] == []


def test_an_update_that_nests_a_value_too_deeply(music: Statements) -> None:
    deep: dict[str, Any] = {"S": "x"}
    for _ in range(31):
        deep = {"M": {"a": deep}}
    music.run("INSERT INTO Music VALUE {'Artist': 'a', 'SongTitle': '1', 'm': {}}")
    update = "UPDATE Music SET m.deep = ? WHERE Artist = 'a' AND SongTitle = '1'"
    assert music.invalid(update, deep) == "Nesting Levels have exceeded supported limits"


def test_the_types_that_a_statement_may_ask_for(music: Statements) -> None:
    assert music.invalid("SELECT * FROM Music WHERE attribute_type(a, 'X')") == (
        "Invalid attribute type name found; type: X, valid types: {N,BS,L,B,NULL,M,S,SS,NS,BOOL}"
    )


@pytest.fixture
def flags(music: Statements) -> Statements:
    """One item: n 1, flag 'right', yes TRUE."""
    music.run(
        "INSERT INTO Music VALUE {'Artist': 'a', 'SongTitle': '1', 'n': 1, 'flag': 'right', "
        "'yes': true}"
    )
    return music


FLAGS = "SELECT SongTitle FROM Music WHERE Artist = 'a' AND SongTitle = '1' AND"


@pytest.mark.parametrize(
    "clause",
    [
        "attribute_exists(nope) = false",
        "true = attribute_exists(n)",
        "attribute_exists(n) <> 1",
        "contains(nope, 'z') = false",
        "(n BETWEEN 0 AND 5) = true",
        "(n = 5 OR flag = 'x') = false",
        "attribute_exists(nope) IN [true, false]",
        "attribute_exists(n) = attribute_exists(flag)",
        "attribute_exists(n) = yes",
    ],
)
def test_a_condition_is_true_or_false(flags: Statements, clause: str) -> None:
    assert len(flags.items(f"{FLAGS} {clause}")) == 1
    assert flags.items(f"{FLAGS} NOT ({clause})") == []


@pytest.mark.parametrize(
    "clause",
    [
        "attribute_exists(n) = 1",
        "NOT attribute_exists(n) = true",
        "(attribute_exists(n) = true) = false",
        "attribute_exists(n) = flag",
        "attribute_exists(n) = nope",
    ],
)
def test_a_condition_equals_nothing_else(flags: Statements, clause: str) -> None:
    assert flags.items(f"{FLAGS} {clause}") == []


def test_a_condition_is_compared_with_parameters(flags: Statements) -> None:
    clause = f"{FLAGS} attribute_exists(n) = ?"
    assert len(flags.items(clause, {"BOOL": True})) == 1
    assert flags.items(clause, {"BOOL": False}) == []
    assert flags.items(clause, {"S": "x"}) == []


@pytest.mark.parametrize(
    ("clause", "operator"),
    [
        ("attribute_exists(n) > false", ">"),
        ("1 <= attribute_exists(n)", "<="),
        ("attribute_exists(n) BETWEEN 1 AND 2", "BETWEEN"),
        ("flag BETWEEN attribute_exists(n) AND 2", "BETWEEN"),
    ],
)
def test_a_condition_has_no_order(flags: Statements, clause: str, operator: str) -> None:
    assert flags.invalid(f"{FLAGS} {clause}") == (
        f"Incorrect operand type for operator or function; operator or function: {operator}, "
        "operand type: BOOL"
    )
