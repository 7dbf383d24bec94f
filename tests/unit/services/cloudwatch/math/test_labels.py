"""Dynamic labels."""

from __future__ import annotations

import pytest

from jedlik.base.errors import ValidationException
from jedlik.services.cloudwatch.math.labels import is_dynamic, rendered, rendering_cost

PROPERTIES = {"MetricName": "hits", "Dim.Shop name": "a/b", "Period": "60"}
VALUES = {120: 1.5, 0: 4.0, 60: -2.0}


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("${LABEL}", "default"),
        ("${PROP('MetricName')} of ${PROP('Dim.Shop name')}", "hits of a/b"),
        ("${PROP('Dim.Other')}", "${PROP('Dim.Other')}"),
        ("${AVG} ${SUM} ${DATAPOINT_COUNT}", "1.16666666666667 3.5 3"),
        ("${FIRST} ${LAST} ${FIRST_LAST_RANGE}", "4 1.5 -2.5"),
        ("${MIN} ${MAX} ${MIN_MAX_RANGE}", "-2 4 6"),
        ("${max} ${NOTHING} $LABEL {LABEL}", "${max} ${NOTHING} $LABEL {LABEL}"),
        ("${LABEL} ${LABEL}", "default default"),
    ],
)
def test_what_labels_show(label: str, shown: str) -> None:
    assert rendered(label, "default", PROPERTIES, VALUES) == shown
    assert len(shown) <= rendering_cost(label, "default", PROPERTIES) + 30


def test_a_long_default_costs_what_it_is_long() -> None:
    label = "${LABEL}" * 50
    assert len(rendered(label, "d" * 90, {}, {})) <= rendering_cost(label, "d" * 90, {})


def test_what_is_replaced_is_not_read_again() -> None:
    properties = {"Dim.Shop": "${LABEL}"}
    assert rendered("${PROP('Dim.Shop')}", "default", properties, {}) == "${LABEL}"


def test_a_line_without_values_has_no_numbers() -> None:
    assert rendered("${DATAPOINT_COUNT} ${MAX}", "default", {}, {}) == "0 ${MAX}"


@pytest.mark.parametrize("name", ["FIRST_TIME", "MAX_TIME_RELATIVE", "MIN_MAX_TIME_RANGE"])
def test_times_are_refused_by_name(name: str) -> None:
    with pytest.raises(ValidationException, match=name):
        rendered(f"${{{name}}}", "default", {}, VALUES)


def test_labels_that_are_dynamic() -> None:
    assert is_dynamic("a ${PROP('MetricName')}")
    assert is_dynamic("${MAX}")
    assert not is_dynamic("plain $ { } ${} ${lower}")
