"""Audit records of calls of the Lambda API.

Of the body's members only those named here are shown: never code, an environment or a payload.
"""

from __future__ import annotations

from typing import Any, Final

from jedlik.gateway.audit.trail import Event, Resource, given_members
from jedlik.gateway.exchange import Answer, Request
from jedlik.gateway.query import query_pairs
from jedlik.kernel.arns import Arns
from jedlik.services.lambda_.inputs import FunctionOperation, Paths
from jedlik.services.lambda_.names import (
    function_arn,
    mapping_arn,
    parse_function_name,
    parse_resource,
)

EVENT_NAMES: Final = {
    "CreateEventSourceMapping": "CreateEventSourceMapping20150331",
    "CreateFunction": "CreateFunction20150331",
    "DeleteEventSourceMapping": "DeleteEventSourceMapping20150331",
    "DeleteFunction": "DeleteFunction20150331",
    "GetEventSourceMapping": "GetEventSourceMapping20150331",
    "GetFunction": "GetFunction20150331v2",
    "GetFunctionConfiguration": "GetFunctionConfiguration20150331v2",
    "GetPolicy": "GetPolicy20150331v2",
    "ListAliases": "ListAliases20150331",
    "ListEventSourceMappings": "ListEventSourceMappings20150331",
    "ListFunctions": "ListFunctions20150331",
    "ListTags": "ListTags20170331",
    "ListVersionsByFunction": "ListVersionsByFunction20150331",
    "TagResource": "TagResource20170331v2",
    "UntagResource": "UntagResource20170331v2",
    "UpdateEventSourceMapping": "UpdateEventSourceMapping20150331",
    "UpdateFunctionCode": "UpdateFunctionCode20150331v2",
    "UpdateFunctionConfiguration": "UpdateFunctionConfiguration20150331v2",
}
"""Names of events that differ from their operation's (Lambda developer guide, "Lambda management
events in CloudTrail")."""

SHOWN: Final = frozenset(
    (
        "AcceleratorConfig", "AmazonManagedKafkaEventSourceConfig", "Architectures", "BatchSize",
        "BisectBatchOnFunctionError", "CapacityProviderConfig", "CodeSigningConfigArn",
        "DeadLetterConfig", "Description", "DocumentDBEventSourceConfig", "DryRun",
        "DurableConfig", "DurableExecutionName", "Enabled", "EphemeralStorage", "EventSourceArn",
        "FileSystemConfigs", "FunctionName", "FunctionResponseTypes", "FunctionVersion", "Handler",
        "InvocationType", "KMSKeyArn", "Layers", "LogType", "LoggingConfig", "Marker",
        "MasterRegion", "MaxItems", "MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds",
        "MaximumRetryAttempts", "MemorySize", "MetricsConfig", "PackageType",
        "ParallelizationFactor", "ProvisionedPollerConfig", "Publish", "PublishTo", "Qualifier",
        "Queues", "Resource", "RevisionId", "Role", "Runtime", "RuntimeConfig", "S3Bucket",
        "S3Key", "S3ObjectStorageMode", "S3ObjectVersion", "ScalingConfig",
        "SelfManagedEventSource", "SelfManagedKafkaEventSourceConfig", "SnapStart",
        "SourceKMSKeyArn", "StartingPosition", "StartingPositionTimestamp", "TagKeys", "Tags",
        "TenancyConfig", "TenantId", "Timeout", "Topics", "TracingConfig",
        "TumblingWindowInSeconds", "UUID", "VpcConfig",
    )
)  # fmt: skip
HIDDEN: Final = frozenset(
    (
        "ClientContext", "Code", "DestinationConfig", "Environment", "FilterCriteria",
        "ImageConfig", "ImageUri", "Payload", "SourceAccessConfigurations", "ZipFile",
    )
)  # fmt: skip
"""Parameters that are never shown: code, payloads, patterns of data, and what may be an endpoint's
address with a password. Every parameter of the API is here or in SHOWN."""

_READ_ONLY: Final = ("Get", "List")
_INVOKE: Final = "Invoke"
_FUNCTION: Final = "AWS::Lambda::Function"
_MAPPING: Final = "AWS::Lambda::EventSourceMapping"


class FunctionEvents:
    """Lambda developer guide, "Logging AWS Lambda API calls using AWS CloudTrail"."""

    def __init__(self) -> None:
        self._paths = Paths()

    def is_data(self, request: Request) -> bool:
        """Whether the call invokes a function."""
        found = self._find(request)
        return found is not None and found[0].name == _INVOKE

    def describe(self, request: Request, _answer: Answer, arns: Arns) -> Event | None:
        """The event; its resource is the function or mapping that the request names."""
        found = self._find(request)
        if found is None:
            return None
        operation, in_path = found
        given = _given(operation, in_path, request)
        shown = {member: value for member, value in given.items() if member in SHOWN}
        name = operation.name
        resources = _resources(given, arns)
        return Event(
            "lambda", EVENT_NAMES.get(name, name), name.startswith(_READ_ONLY), shown, resources
        )

    def _find(self, request: Request) -> tuple[FunctionOperation, tuple[str, ...]] | None:
        path = request.target.decode("latin-1").partition("?")[0]
        return self._paths.find(request.method, path)


EVENTS: Final = FunctionEvents()


def _given(
    operation: FunctionOperation, in_path: tuple[str, ...], request: Request
) -> dict[str, Any]:
    """All parameters, wherever they are, unchecked; without the body if it is one itself."""
    given = {} if operation.payload is not None else operation.of_body(given_members(request))
    query = request.target.decode("latin-1").partition("?")[2]
    for name, value in query_pairs(query):
        member = operation.query.get(name)
        if member is not None:
            many = member in operation.lists
            given[member] = [*given.get(member, ()), value] if many else value
    for there, member in operation.headers.items():
        if there in request.headers:
            given[member] = request.headers[there].decode("latin-1")
    return {**given, **dict(zip(operation.uri, in_path, strict=True))}


def _resources(given: dict[str, Any], arns: Arns) -> list[Resource]:
    function, mapping = given.get("FunctionName"), given.get("UUID")
    named = given.get("Resource")
    kind = parse_resource(named) if isinstance(named, str) else None
    found = []
    if isinstance(function, str):
        name = parse_function_name(function).name
        found.append(Resource(_FUNCTION, function_arn(arns, name)))
    if isinstance(mapping, str):
        found.append(Resource(_MAPPING, mapping_arn(arns, mapping)))
    if kind is not None:
        found.append(Resource(_FUNCTION if kind[0] == "function" else _MAPPING, str(named)))
    return found
