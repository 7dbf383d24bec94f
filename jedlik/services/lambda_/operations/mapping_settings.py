"""The parameters for how an event source mapping delivers."""

from __future__ import annotations

from typing import Any, Final

from jedlik.services.lambda_.errors import InvalidParameterValueException
from jedlik.services.lambda_.event_patterns import PatternError, compile_pattern
from jedlik.services.lambda_.mapping_model import FOREVER, REPORT_BATCH_ITEM_FAILURES
from jedlik.services.lambda_.operations.function_settings import refuse
from jedlik.services.lambda_.operations.operation import Payload
from jedlik.services.lambda_.runtime.destination import Destinations

MAX_FILTERS: Final = 5
MIN_RECORD_AGE: Final = 60

_OF_OTHER_SOURCES: Final = ("LoggingConfig", "ProvisionedPollerConfig", "ScalingConfig")
_NOT_THERE: Final = (
    "AmazonManagedKafkaEventSourceConfig", "DocumentDBEventSourceConfig", "KMSKeyArn", "Queues",
    "SelfManagedEventSource", "SelfManagedKafkaEventSourceConfig", "SourceAccessConfigurations",
    "Topics", "TumblingWindowInSeconds",
)  # fmt: skip
_STREAM_METRIC: Final = "EventCount"
_NUMBERS: Final = {
    "BatchSize": "batch_size",
    "MaximumBatchingWindowInSeconds": "batching_window",
    "ParallelizationFactor": "parallelization_factor",
    "MaximumRecordAgeInSeconds": "maximum_record_age",
    "MaximumRetryAttempts": "maximum_retry_attempts",
    "BisectBatchOnFunctionError": "bisect",
    "Enabled": "enabled",
}


def given_settings(payload: Payload, destinations: Destinations) -> dict[str, Any]:
    """The settings that a request names, as members of EventSourceMapping.

    Raises InvalidParameterValueException.
    """
    for name in _NOT_THERE:
        if payload.get(name):
            raise refuse(name)
    for name in _OF_OTHER_SOURCES:
        if payload.get(name):
            raise InvalidParameterValueException(
                f"Unsupported {name} parameter for given event source mapping type."
            )
    metrics = (payload.get("MetricsConfig") or {}).get("Metrics")
    if metrics and set(metrics) != {_STREAM_METRIC}:
        raise InvalidParameterValueException(
            f"Invalid EventSourceMapping metrics. Expected values: [{_STREAM_METRIC}]"
        )
    if metrics:
        raise refuse("MetricsConfig")
    given = {
        field: payload[name] for name, field in _NUMBERS.items() if payload.get(name) is not None
    }
    age = given.get("maximum_record_age", FOREVER)
    if age != FOREVER and age < MIN_RECORD_AGE:
        raise InvalidParameterValueException(
            "MaximumRecordAgeInSeconds must be either -1 (forever) or between "
            f"{MIN_RECORD_AGE} and 604800 (inclusive)"
        )
    if payload.get("FunctionResponseTypes") is not None:
        given["reports_failures"] = REPORT_BATCH_ITEM_FAILURES in payload["FunctionResponseTypes"]
    if payload.get("FilterCriteria") is not None:
        given["filters"] = _filters(payload["FilterCriteria"].get("Filters") or [])
    if payload.get("DestinationConfig") is not None:
        given["destination"] = _destination(payload["DestinationConfig"], destinations)
    return given


def _filters(given: list[dict[str, Any]]) -> tuple[str, ...]:
    if len(given) > MAX_FILTERS:
        raise InvalidParameterValueException(
            f"Too many filter patterns, maximum allowed {MAX_FILTERS} patterns, provided "
            f"{len(given)} patterns."
        )
    patterns = tuple(each.get("Pattern") or "" for each in given)
    for pattern in patterns:
        try:
            compile_pattern(pattern)
        except PatternError:
            raise InvalidParameterValueException("Invalid filter pattern definition.") from None
    return patterns


def _destination(config: dict[str, Any], destinations: Destinations) -> str:
    if (config.get("OnSuccess") or {}).get("Destination"):
        raise refuse("OnSuccess")
    destination: str = (config.get("OnFailure") or {}).get("Destination") or ""
    if destination:
        destinations.check(destination)
    return destination
