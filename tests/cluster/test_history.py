"""The checker of histories detects every kind of problem."""

from __future__ import annotations

import pytest

from tests.cluster.history import UNKNOWN, Event, problems


def write(begin: float, end: float, number: int, mark: str = "") -> Event:
    return Event(0, True, begin, end, number, mark or f"w{number}")


def read(begin: float, end: float, number: int, mark: str = "") -> Event:
    return Event(0, False, begin, end, number, mark or f"w{number}")


def found(events: list[Event], final: int) -> str:
    return "; ".join(problems(events, {0: final}))


@pytest.mark.parametrize(
    ("events", "final"),
    [
        ([], 0),
        ([read(0, 1, 0, " "), write(2, 3, 1), read(4, 5, 1)], 1),
        ([write(0, 9, 2), write(1, 8, 1), read(2, 3, 1)], 2),
        ([write(0, 1, UNKNOWN, "lost")], 0),
        ([write(0, 1, UNKNOWN, "lost"), read(2, 3, 1, "lost")], 1),
        ([write(0, 1, UNKNOWN, "lost"), write(2, 3, 1), read(4, 5, 2, "lost")], 2),
    ],
)
def test_a_history_of_one_database_is_sound(events: list[Event], final: int) -> None:
    assert found(events, final) == ""


@pytest.mark.parametrize(
    ("events", "final", "problem"),
    [
        ([write(0, 1, 1), write(2, 3, 2)], 1, "acknowledged write is lost"),
        ([write(0, 1, 1), write(0, 1, 1, "other")], 1, "two writes made 1"),
        ([write(0, 1, 1), write(2, 3, 2), read(4, 5, 1)], 2, "read got 1 after 2"),
        ([write(0, 1, 2), write(2, 3, 1)], 2, "write got 1 after 2"),
        ([read(0, 1, 1), write(2, 3, 1)], 1, "never written"),
        ([write(0, 1, 1), read(2, 3, 1, "other")], 1, "never written"),
        ([write(0, 1, 1)], 2, "1 writes happened that nobody made"),
        ([read(0, 1, 2, "lost"), write(2, 3, UNKNOWN, "lost")], 2, "never written"),
    ],
)
def test_what_no_database_does_is_found(events: list[Event], final: int, problem: str) -> None:
    assert problem in found(events, final)
