"""Settings of event source mappings: what is taken, and the words for what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.services.lambda_.errors import InvalidParameterValueException
from jedlik.services.lambda_.operations.mapping_settings import given_settings
from jedlik.services.lambda_.runtime.destination import Destinations

ANYWHERE = Destinations()
PATTERN = {"Pattern": '{"eventName":["INSERT"]}'}


def test_settings_are_named_as_in_a_mapping() -> None:
    given = {
        "BatchSize": 5,
        "MaximumRecordAgeInSeconds": 60,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "FilterCriteria": {"Filters": [PATTERN]},
        "DestinationConfig": {"OnFailure": {"Destination": "http://127.0.0.1:1/failed"}},
    }
    assert given_settings(given, ANYWHERE) == {
        "batch_size": 5,
        "maximum_record_age": 60,
        "reports_failures": True,
        "filters": (PATTERN["Pattern"],),
        "destination": "http://127.0.0.1:1/failed",
    }


@pytest.mark.parametrize("given", [{}, {"ScalingConfig": {}, "MetricsConfig": {"Metrics": []}}])
def test_what_is_empty_is_not_given(given: dict[str, Any]) -> None:
    assert given_settings(given, ANYWHERE) == {}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            {"LoggingConfig": {"SystemLogLevel": "INFO"}},
            "Unsupported LoggingConfig parameter for given event source mapping type.",
        ),
        (
            {"ProvisionedPollerConfig": {"MinimumPollers": 1}},
            "Unsupported ProvisionedPollerConfig parameter for given event source mapping type.",
        ),
        (
            {"MetricsConfig": {"Metrics": ["KafkaMetrics", "EventCount"]}},
            "Invalid EventSourceMapping metrics. Expected values: [EventCount]",
        ),
        ({"MetricsConfig": {"Metrics": ["EventCount"]}}, "MetricsConfig is not available"),
        (
            {"MaximumRecordAgeInSeconds": 59},
            (
                "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 "
                "(inclusive)"
            ),
        ),
        (
            {"FilterCriteria": {"Filters": [PATTERN] * 11}},
            "Too many filter patterns, maximum allowed 5 patterns, provided 11 patterns.",
        ),
        ({"FilterCriteria": {"Filters": [{}]}}, "Invalid filter pattern definition."),
        ({"DestinationConfig": {"OnSuccess": {"Destination": "x"}}}, "OnSuccess is not available"),
    ],
)
def test_what_is_refused(given: dict[str, Any], text: str) -> None:
    """Measured on the service in September 2026, except for what is not available here."""
    with pytest.raises(InvalidParameterValueException) as raised:
        given_settings(given, ANYWHERE)
    assert raised.value.message.startswith(text)
