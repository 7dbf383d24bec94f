"""The permissions for each operation of the Lambda API, declared as data.

Service Authorization Reference, "Actions, resources, and condition keys for AWS Lambda". An
operation needs a permission on a function, on an event source mapping, on either (tags), or on `*`.
Actions on mappings have the condition key `lambda:FunctionArn`: the function that it calls.
Functions and mappings have their tags as `aws:ResourceTag` (Lambda developer guide, "Using
attribute-based access control in Lambda").

Anyone who gives a function a role needs iam:PassRole on it too, whatever the role's tags (IAM user
guide, "Grant a user permissions to pass a role to an AWS service"); anyone who sets tags while
creating needs lambda:TagResource (Lambda developer guide, "Using tags").
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from jedlik.auth.policy.facts import Values, by_lower_key
from jedlik.gateway.operation import Payload
from jedlik.kernel.arns import Arns
from jedlik.services.dynamodb.api.permissions import RequiredPermission
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.resources import Tags
from jedlik.services.iam.authorization.principals import own_role_arn
from jedlik.services.iam.authorization.requests import NO_KEYS
from jedlik.services.iam.store import Identities
from jedlik.services.lambda_.errors import FunctionNotFoundException
from jedlik.services.lambda_.event_source_mappings import get_mapping
from jedlik.services.lambda_.names import (
    function_arn,
    mapping_arn,
    parse_function_name,
    parse_resource,
)
from jedlik.services.lambda_.store import find_function

LAMBDA: Final = "lambda.amazonaws.com"
"""Lambda's name as a principal in policies."""

STREAM_READS: Final = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
"""The actions on a stream that a function's role needs to get its records."""


class NamedResource(NamedTuple):
    """The resource of a request: a function or mapping, if it exists. `delivers_to` is a mapping's
    function."""

    tags: Tags
    delivers_to: str | None = None

    def keys(self) -> dict[str, Values]:
        """Its condition keys."""
        return {f"aws:resourcetag/{key}": values for key, values in by_lower_key(self.tags).items()}


_NO_RESOURCE: Final = NamedResource({})


class PermissionContext(NamedTuple):
    """The context in which permissions are determined."""

    arns: Arns
    identities: Identities
    resource: NamedResource = _NO_RESOURCE


Permissions = Callable[[PermissionContext, Payload], Iterable[RequiredPermission]]


def _permission(
    action: str,
    resource: str,
    payload: Payload,
    keys: Mapping[str, Values] = NO_KEYS,
) -> RequiredPermission:
    return RequiredPermission(action, resource, None, "", payload, keys=keys)


def _on_all(operation: str) -> Permissions:
    action = f"lambda:{operation}"
    return lambda _context, payload: [_permission(action, "*", payload)]


def _arn_of(arns: Arns, payload: Payload) -> str:
    return function_arn(arns, parse_function_name(payload["FunctionName"]).name)


def _on_function(operation: str) -> Permissions:
    action = f"lambda:{operation}"

    def needed(context: PermissionContext, payload: Payload) -> Iterator[RequiredPermission]:
        yield _permission(action, _arn_of(context.arns, payload), payload, context.resource.keys())

    return needed


def _invoke(context: PermissionContext, payload: Payload) -> Iterator[RequiredPermission]:
    """A version or alias that is invoked by name is a resource of its own."""
    qualifier = payload.get("Qualifier") or parse_function_name(payload["FunctionName"]).qualifier
    arn = _arn_of(context.arns, payload)
    resource = f"{arn}:{qualifier}" if qualifier else arn
    yield _permission("lambda:InvokeFunction", resource, payload, context.resource.keys())


def _passing_role(needed: Permissions) -> Permissions:
    """Adds the permission to pass the role, if the request names one."""

    def with_role(context: PermissionContext, payload: Payload) -> Iterator[RequiredPermission]:
        yield from needed(context, payload)
        given = payload.get("Role")
        if given:
            arn = own_role_arn(context.identities, given, context.arns.account)
            keys = {
                "iam:passedtoservice": (LAMBDA,),
                "iam:associatedresourcearn": (_arn_of(context.arns, payload),),
            }
            yield _permission("iam:PassRole", arn, payload, keys)

    return with_role


def _with_tags(needed: Permissions) -> Permissions:
    """Adds the permissions that the request's tags need."""

    def with_tags(context: PermissionContext, payload: Payload) -> Iterator[RequiredPermission]:
        for permission in needed(context, payload):
            yield permission
            if payload.get("Tags"):
                resource = permission.resource
                if resource == "*":
                    resource = mapping_arn(context.arns, "*")  # one that has no name yet
                yield permission._replace(action="lambda:TagResource", resource=resource)

    return with_tags


def _create_mapping(context: PermissionContext, payload: Payload) -> Iterator[RequiredPermission]:
    keys = {"lambda:functionarn": (_arn_of(context.arns, payload),)}
    yield _permission("lambda:CreateEventSourceMapping", "*", payload, keys)


def _on_mapping(operation: str) -> Permissions:
    """One permission for the mapping's function, and one for its new function."""
    action = f"lambda:{operation}"

    def needed(context: PermissionContext, payload: Payload) -> Iterator[RequiredPermission]:
        arns, arn = context.arns, mapping_arn(context.arns, payload["UUID"])
        keys, called = context.resource.keys(), context.resource.delivers_to
        now = {} if called is None else {"lambda:functionarn": (function_arn(arns, called),)}
        yield _permission(action, arn, payload, {**keys, **now})
        if payload.get("FunctionName"):
            later = {"lambda:functionarn": (_arn_of(arns, payload),)}
            yield _permission(action, arn, payload, {**keys, **later})

    return needed


_ARNS: Final = {"function": function_arn, "event-source-mapping": mapping_arn}


def _on_resource(operation: str) -> Permissions:
    action = f"lambda:{operation}"

    def needed(context: PermissionContext, payload: Payload) -> Iterator[RequiredPermission]:
        arn = payload["Resource"]
        resource = parse_resource(arn)
        if resource is not None:
            kind, name = resource
            arn = _ARNS[kind](context.arns, name)
        yield _permission(action, arn, payload, context.resource.keys())

    return needed


_FUNCTION_OPERATIONS: Final = (
    "DeleteFunction", "GetFunction", "GetFunctionCodeSigningConfig", "GetFunctionConcurrency",
    "GetFunctionConfiguration", "GetFunctionEventInvokeConfig", "GetFunctionRecursionConfig",
    "GetPolicy", "GetRuntimeManagementConfig", "ListAliases", "ListVersionsByFunction",
    "UpdateFunctionCode",
)  # fmt: skip
_LISTS: Final = ("ListEventSourceMappings", "ListFunctions")
_MAPPING_OPERATIONS: Final = (
    "DeleteEventSourceMapping", "GetEventSourceMapping", "UpdateEventSourceMapping",
)  # fmt: skip

PERMISSIONS: Final[dict[str, Permissions]] = {
    **{name: _on_function(name) for name in _FUNCTION_OPERATIONS},
    **{name: _on_mapping(name) for name in _MAPPING_OPERATIONS},
    **{name: _on_resource(name) for name in ("ListTags", "TagResource", "UntagResource")},
    **{name: _on_all(name) for name in _LISTS},
    "CreateEventSourceMapping": _with_tags(_create_mapping),
    "CreateFunction": _passing_role(_with_tags(_on_function("CreateFunction"))),
    "Invoke": _invoke,
    "UpdateFunctionConfiguration": _passing_role(_on_function("UpdateFunctionConfiguration")),
}
"""By operation."""


async def required_permissions(
    database: Database, operation: str, payload: Payload
) -> Iterable[RequiredPermission]:
    """The permissions that a checked request needs. The identities must be current."""
    resource = await _find_resource(database, operation, payload)
    context = PermissionContext(database.arns, database.identities.now, resource)
    return PERMISSIONS[operation](context, payload)


async def _find_resource(database: Database, operation: str, payload: Payload) -> NamedResource:
    """The resource of a request, if it exists; if not, the operation reports it."""
    kind, name = None, ""
    if "Resource" in payload:
        kind, name = parse_resource(payload["Resource"]) or (None, "")
    elif "UUID" in payload:
        kind, name = "event-source-mapping", payload["UUID"]
    elif operation not in (*_LISTS, "CreateEventSourceMapping"):
        kind, name = "function", parse_function_name(payload["FunctionName"]).name
    if kind == "function":
        function = await find_function(database.engine, name)
        return _NO_RESOURCE if function is None else NamedResource(function.tags)
    if kind is not None:
        with contextlib.suppress(FunctionNotFoundException):
            mapping, _ = await get_mapping(database.engine, name)
            return NamedResource(mapping.tags, mapping.function)
    return _NO_RESOURCE


def stream_permissions(arns: Arns, stream_arn: str) -> Iterable[RequiredPermission]:
    """The permissions of a function's role. Raises ValidationException if it is not a stream's ARN.

    DynamoDB developer guide, "IAM policy to allow an AWS Lambda function to access DynamoDB stream
    records": ListStreams is allowed on the table's streams, not on `*`.
    """
    table, label = arns.stream(stream_arn)
    arn = arns.stream_arn(table, label)
    return [
        RequiredPermission(f"dynamodb:{name}", arn, table, name, {}, stream=label)
        for name in STREAM_READS
    ]
