"""Alarms' states from points, step by step."""

from __future__ import annotations

import pytest

from jedlik.services.cloudwatch.alarms.evaluation import judge
from jedlik.services.cloudwatch.alarms.model import ALARM, INSUFFICIENT_DATA, OK

NO = INSUFFICIENT_DATA
SAME = None


def points(text: str) -> list[float | None]:
    """`X` breaches, `0` does not, `-` is missing; the oldest first, as the user guide writes."""
    values = {"X": 9.0, "0": 0.0, "-": None}
    return [values[each] for each in reversed(text)]


@pytest.mark.parametrize(
    ("text", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("0-X-X", ALARM, ALARM, ALARM, ALARM),
        ("0----", OK, OK, OK, OK),
        ("-----", NO, SAME, ALARM, OK),
        ("0XX-X", ALARM, ALARM, ALARM, ALARM),
        ("--X--", ALARM, SAME, ALARM, OK),
        ("00X0X", OK, OK, OK, OK),
        ("----X", SAME, SAME, ALARM, OK),
        ("X0000", OK, OK, OK, OK),
    ],
)
def test_three_of_three(
    text: str, missing: str, ignore: str, breaching: str, not_breaching: str
) -> None:
    """CloudWatch user guide, "How alarm state is evaluated when data is missing"; where the first
    row has three of its points, two of which and one more breach."""
    needed = 2 if text == "0-X-X" else 3
    found = [
        judge(points(text), needed, needed, lambda value: value > 1, way)
        for way in ("missing", "ignore", "breaching", "notBreaching")
    ]
    assert found == [missing, ignore, breaching, not_breaching]


@pytest.mark.parametrize(
    ("text", "state"), [("0XX0X", ALARM), ("000XX", ALARM), ("0000X", OK), ("X0-0X", OK)]
)
def test_two_of_three(text: str, state: str) -> None:
    assert judge(points(text), 3, 2, lambda value: value > 1, "missing") == state
