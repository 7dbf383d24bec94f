"""Functions and mappings as answers describe them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from jedlik.kernel.arns import Arns
from jedlik.services.lambda_.mapping_model import REPORT_BATCH_ITEM_FAILURES, EventSourceMapping
from jedlik.services.lambda_.model import ENDPOINT, LATEST, Function
from jedlik.services.lambda_.names import function_arn, mapping_arn

_STATE: Final = ("State", "LastUpdateStatus")


def describe_function(arns: Arns, function: Function) -> dict[str, Any]:
    """FunctionConfiguration."""
    modified = datetime.fromtimestamp(function.last_modified, UTC)
    members: dict[str, Any] = {
        "FunctionName": function.name,
        "FunctionArn": function_arn(arns, function.name),
        "Role": function.role,
        "CodeSize": function.code.size,
        "Description": function.description,
        "Timeout": function.timeout,
        "MemorySize": function.memory_size,
        "LastModified": f"{modified:%Y-%m-%dT%H:%M:%S}.{modified.microsecond // 1000:03d}+0000",
        "CodeSha256": function.code.sha256,
        "Version": LATEST,
        "TracingConfig": {"Mode": "PassThrough"},
        "RevisionId": function.revision,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Image" if function.code.kind == ENDPOINT else "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.name}"},
    }
    if function.runtime is not None:
        members["Runtime"] = function.runtime
    if function.handler is not None:
        members["Handler"] = function.handler
    if function.environment:
        members["Environment"] = {"Variables": function.environment}
    return {**members, **function.settings}


def listed_function(arns: Arns, function: Function, versions: bool) -> dict[str, Any]:
    """FunctionConfiguration in a list, of functions or of `versions`: it has no state (API
    reference of Lambda, ListFunctions)."""
    members = describe_function(arns, function)
    for member in _STATE:
        del members[member]
    if versions:
        members["FunctionArn"] += f":{LATEST}"
    return members


def describe_mapping(
    arns: Arns, mapping: EventSourceMapping, result: str, state: str | None = None
) -> dict[str, Any]:
    """EventSourceMappingConfiguration. `state` is given while a request changes it."""
    members: dict[str, Any] = {
        "UUID": mapping.uuid,
        "StartingPosition": mapping.starting_position,
        "BatchSize": mapping.batch_size,
        "MaximumBatchingWindowInSeconds": mapping.batching_window,
        "ParallelizationFactor": mapping.parallelization_factor,
        "EventSourceArn": mapping.stream_arn,
        "FunctionArn": function_arn(arns, mapping.function),
        "LastModified": mapping.last_modified,
        "LastProcessingResult": result,
        "State": state or ("Enabled" if mapping.enabled else "Disabled"),
        "StateTransitionReason": "User action",
        "DestinationConfig": {
            "OnFailure": {"Destination": mapping.destination} if mapping.destination else {}
        },
        "MaximumRecordAgeInSeconds": mapping.maximum_record_age,
        "BisectBatchOnFunctionError": mapping.bisect,
        "MaximumRetryAttempts": mapping.maximum_retry_attempts,
        "TumblingWindowInSeconds": 0,
        "FunctionResponseTypes": [REPORT_BATCH_ITEM_FAILURES] if mapping.reports_failures else [],
        "EventSourceMappingArn": mapping_arn(arns, mapping.uuid),
    }
    if mapping.filters:
        members["FilterCriteria"] = {"Filters": [{"Pattern": text} for text in mapping.filters]}
    return members
