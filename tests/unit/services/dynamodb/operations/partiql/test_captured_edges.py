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
