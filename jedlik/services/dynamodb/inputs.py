"""The operations, and the checker of each."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from jedlik.services.dynamodb.amendments import (
    DYNAMODB,
    DYNAMODB_AMENDMENTS,
    STREAMS_AMENDMENTS,
)
from jedlik.services.dynamodb.shapes import OPERATIONS as GENERATED
from jedlik.services.dynamodb.shapes import SHAPES
from jedlik.validation.compile import Compiler
from jedlik.validation.shape import Failures

Payload = dict[str, Any]
Checker = Callable[[Any], Payload]


class Operation:
    """What the model says of one operation.

    `service` is the target prefix, `DynamoDB_20120810` or `DynamoDBStreams_20120810`; `output` are
    the members of the answer, `errors` the errors that the model declares.
    """

    __slots__ = ("errors", "input_shape", "name", "output", "service")

    def __init__(
        self,
        service: str,
        name: str,
        input_shape: str,
        output: tuple[str, ...],
        errors: tuple[str, ...],
    ) -> None:
        self.service = service
        self.name = name
        self.input_shape = input_shape
        self.output = output
        self.errors = errors

    @property
    def target(self) -> str:
        """The value of `X-Amz-Target`."""
        return f"{self.service}.{self.name}"


OPERATIONS: Final[dict[str, Operation]] = {
    operation.target: operation for operation in (Operation(*values) for values in GENERATED)
}
"""By `X-Amz-Target`. Names are unique over both services."""

BY_NAME: Final[dict[str, Operation]] = {
    operation.name: operation for operation in OPERATIONS.values()
}


@cache
def compiler_of(service: str) -> Compiler:
    """The shapes of a service, by its target prefix."""
    amendments = DYNAMODB_AMENDMENTS if service == DYNAMODB else STREAMS_AMENDMENTS
    return Compiler(SHAPES[service], amendments)


@cache
def checker_for(operation: str) -> Checker:
    """The checker of an operation's input, by the operation's name; compiled at the first call.

    The checker takes the parsed JSON of a request and returns what the operation is to read: the
    same object, or, where the service reads other values than the JSON has (a decimal for an
    integer is cut, "true" is a boolean) or ignores some, a copy. It never modifies its argument.

    Afterwards every member is one that the model has, and null, or of its type and within its
    limits, and whatever stands in an attribute value's place is a dict. Raises
    SerializationException for the first value of a wrong JSON type, otherwise ValidationException
    for all broken constraints together.

    KeyError if there is no such operation.
    """
    info = BY_NAME[operation]
    shape = compiler_of(info.service).structure(info.input_shape)
    accepts = shape.accepts

    def check(payload: Any) -> Payload:
        if accepts(payload):
            return payload  # type: ignore[no-any-return]
        read: Payload = shape.read(payload, True)
        failures = Failures()
        shape.check(read, "", failures)
        failures.raise_any()
        return read

    return check
