"""What each operation of the Lambda API asks for, declared as data.

Service Authorization Reference, "Actions, resources, and condition keys for AWS Lambda". An
operation asks on a function, on an event source mapping, on either (tags), or on `*`. Actions on
mappings have the condition key `lambda:FunctionArn`: the function that is called. Whoever gives a
function a role needs iam:PassRole on it too (IAM user guide, "Grant a user permissions to pass a
role to an AWS service"), and whoever sets tags while creating lambda:TagResource (Lambda developer
guide, "Using tags").
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from jedlik.auth.policy.facts import Values
from jedlik.base.function_errors import FunctionNotFoundException
from jedlik.database.database import Database
from jedlik.database.event_source_mappings import get_mapping
from jedlik.database.function_names import (
    function_arn,
    mapping_arn,
    parse_function_name,
    parse_resource,
)
from jedlik.database.identities import Identities
from jedlik.database.names import Names
from jedlik.database.principals import find_role, role_arn
from jedlik.operations.operation import Payload
from jedlik.service.access.asks import Ask
from jedlik.service.access.parts import NO_KEYS

LAMBDA: Final = "lambda.amazonaws.com"
"""Lambda as policies call it, where it is a principal."""

STREAM_READS: Final = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
"""What a function's role has to be allowed on a stream that is to be delivered to the function."""


class Surroundings(NamedTuple):
    """What asks are worked out with. `delivers_to` is the function of the mapping that a request
    names, None where it names none that there is."""

    names: Names
    identities: Identities
    delivers_to: str | None = None


FunctionAsks = Callable[[Surroundings, Payload], Iterable[Ask]]


def _ask(
    action: str,
    resource: str,
    payload: Payload,
    keys: Mapping[str, Values] = NO_KEYS,
) -> Ask:
    return Ask(action, resource, None, "", payload, keys=keys)


def _on_all(operation: str) -> FunctionAsks:
    action = f"lambda:{operation}"
    return lambda _around, payload: [_ask(action, "*", payload)]


def _arn_of(names: Names, payload: Payload) -> str:
    return function_arn(names, parse_function_name(payload["FunctionName"]).name)


def _on_function(operation: str) -> FunctionAsks:
    action = f"lambda:{operation}"
    return lambda around, payload: [_ask(action, _arn_of(around.names, payload), payload)]


def _invoke(around: Surroundings, payload: Payload) -> Iterator[Ask]:
    """A version or alias that is invoked by name is a resource of its own."""
    qualifier = payload.get("Qualifier") or parse_function_name(payload["FunctionName"]).qualifier
    arn = _arn_of(around.names, payload)
    yield _ask("lambda:InvokeFunction", f"{arn}:{qualifier}" if qualifier else arn, payload)


def _passing_role(asks: FunctionAsks) -> FunctionAsks:
    """Asks whether the caller may hand the role over, if the request names one."""

    def both(around: Surroundings, payload: Payload) -> Iterator[Ask]:
        yield from asks(around, payload)
        given = payload.get("Role")
        if given:
            role = find_role(around.identities, given)
            arn = given if role is None else role_arn(role, around.names.account)
            keys = {
                "iam:passedtoservice": (LAMBDA,),
                "iam:associatedresourcearn": (_arn_of(around.names, payload),),
            }
            yield _ask("iam:PassRole", arn, payload, keys)

    return both


def _with_tags(asks: FunctionAsks) -> FunctionAsks:
    """Asks for what the request's tags would ask for alone."""

    def both(around: Surroundings, payload: Payload) -> Iterator[Ask]:
        for ask in asks(around, payload):
            yield ask
            if payload.get("Tags"):
                resource = ask.resource
                if resource == "*":
                    resource = mapping_arn(around.names, "*")  # one that has no name yet
                yield ask._replace(action="lambda:TagResource", resource=resource)

    return both


def _create_mapping(around: Surroundings, payload: Payload) -> Iterator[Ask]:
    keys = {"lambda:functionarn": (_arn_of(around.names, payload),)}
    yield _ask("lambda:CreateEventSourceMapping", "*", payload, keys)


def _on_mapping(operation: str) -> FunctionAsks:
    """Asks once for the function that a mapping delivers to, and once for the one that it will."""
    action = f"lambda:{operation}"

    def asks(around: Surroundings, payload: Payload) -> Iterator[Ask]:
        names, arn = around.names, mapping_arn(around.names, payload["UUID"])
        called = around.delivers_to
        keys = {} if called is None else {"lambda:functionarn": (function_arn(names, called),)}
        yield _ask(action, arn, payload, keys)
        if payload.get("FunctionName"):
            yield _ask(action, arn, payload, {"lambda:functionarn": (_arn_of(names, payload),)})

    return asks


_ARNS: Final = {"function": function_arn, "event-source-mapping": mapping_arn}


def _on_resource(operation: str) -> FunctionAsks:
    action = f"lambda:{operation}"

    def asks(around: Surroundings, payload: Payload) -> Iterator[Ask]:
        arn = payload["Resource"]
        resource = parse_resource(arn)
        if resource is not None:
            kind, name = resource
            arn = _ARNS[kind](around.names, name)
        yield _ask(action, arn, payload)

    return asks


_FUNCTION_OPERATIONS: Final = (
    "DeleteFunction", "GetFunction", "GetFunctionCodeSigningConfig", "GetFunctionConcurrency",
    "GetFunctionConfiguration", "GetFunctionEventInvokeConfig", "GetFunctionRecursionConfig",
    "GetPolicy", "GetRuntimeManagementConfig", "ListAliases", "ListVersionsByFunction",
    "UpdateFunctionCode",
)  # fmt: skip
_MAPPING_OPERATIONS: Final = (
    "DeleteEventSourceMapping", "GetEventSourceMapping", "UpdateEventSourceMapping",
)  # fmt: skip

FUNCTION_ASKS: Final[dict[str, FunctionAsks]] = {
    **{name: _on_function(name) for name in _FUNCTION_OPERATIONS},
    **{name: _on_mapping(name) for name in _MAPPING_OPERATIONS},
    **{name: _on_resource(name) for name in ("ListTags", "TagResource", "UntagResource")},
    **{name: _on_all(name) for name in ("ListEventSourceMappings", "ListFunctions")},
    "CreateEventSourceMapping": _with_tags(_create_mapping),
    "CreateFunction": _passing_role(_with_tags(_on_function("CreateFunction"))),
    "Invoke": _invoke,
    "UpdateFunctionConfiguration": _passing_role(_on_function("UpdateFunctionConfiguration")),
}
"""By operation."""


async def function_asks(database: Database, operation: str, payload: Payload) -> Iterable[Ask]:
    """What a checked request of the Lambda API asks for. The identities are to be current."""
    delivers_to = None
    if operation in _MAPPING_OPERATIONS:
        # The operation will say where there is none, to whoever may ask.
        with contextlib.suppress(FunctionNotFoundException):
            delivers_to = (await get_mapping(database.engine, payload["UUID"]))[0].function
    around = Surroundings(database.names, database.identities.now, delivers_to)
    return FUNCTION_ASKS[operation](around, payload)


def stream_asks(names: Names, stream_arn: str) -> Iterable[Ask]:
    """What is asked of a function's role. Raises ValidationException where it is no stream's ARN.

    DynamoDB developer guide, "IAM policy to allow an AWS Lambda function to access DynamoDB stream
    records": ListStreams is allowed on the table's streams, not on `*`.
    """
    table, label = names.stream(stream_arn)
    arn = names.stream_arn(table, label)
    return [Ask(f"dynamodb:{name}", arn, table, name, {}, stream=label) for name in STREAM_READS]
