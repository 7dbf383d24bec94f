"""The implemented operations of the Lambda API: their paths, and how input is read.

Some members of an input are in the path, some in the query, some in headers, and the rest in the
body's JSON, as the model says. Here they are merged, text is converted to the shape's type, and the
whole is checked like any other input.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import unquote

import orjson

from jedlik.services.lambda_.errors import InvalidRequestContentException
from jedlik.services.lambda_.shapes import OPERATIONS as GENERATED
from jedlik.services.lambda_.shapes import SHAPES
from jedlik.validation.amendments import Amendments
from jedlik.validation.compile import Compiler
from jedlik.validation.shape import Failures

Payload = dict[str, Any]

AMENDED: Final = Amendments(
    shapes={
        # A failure's destination may also be a URL here (docs/triggers.md).
        "DestinationArn": ("string", 0, 350, None, None),
        # The service checks it later, with another text.
        "Runtime": ("string", None, None, None, None),
    },
    # Observed: "Value at 'environment.variables' failed to satisfy constraint: ...".
    secret=frozenset(("EnvironmentVariables",)),
)
"""The differences from the model."""

_NUMBER: Final = re.compile(r"-?[0-9]{1,18}").fullmatch


class FunctionOperation:
    """One operation as in the model."""

    __slots__ = (
        "_elsewhere", "headers", "lists", "method", "name", "numbers", "path", "payload", "query",
        "shape", "status", "uri",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        method: str,
        path: str,
        status: int,
        shape: str,
        places: tuple[tuple[str, str, str], ...],
        payload: str | None,
    ) -> None:
        self.name = name
        self.method = method.encode()
        self.path = path
        self.status = status
        self.shape = shape
        self.payload = payload
        self.uri = [member for member, place, _ in places if place == "uri"]
        self.query = {there: member for member, place, there in places if place == "querystring"}
        self.headers = {
            there.lower().encode(): member for member, place, there in places if place == "header"
        }
        self._elsewhere = {member for member, *_ in places}
        kinds = {member: SHAPES[kind][0] for member, kind, _ in SHAPES[shape][1]}
        self.numbers = {member for member, kind in kinds.items() if kind == "integer"}
        self.lists = {member for member, kind in kinds.items() if kind == "list"}

    def read(
        self,
        in_path: tuple[str, ...],
        query: list[tuple[str, str]],
        headers: Mapping[bytes, bytes],
        body: bytes,
    ) -> Payload:
        """The checked input. The member that is the body itself, if there is one, is its bytes.

        Raises InvalidRequestContentException if the body is not JSON, SerializationException and
        ValidationException if it does not match the model.
        """
        payload = {} if self.payload is not None else self.of_body(_object(body))
        for name, value in query:
            member = self.query.get(name)
            if member is None:
                continue
            if member in self.lists:
                payload.setdefault(member, []).append(value)
            else:
                payload[member] = self._scalar(member, value)
        for there, member in self.headers.items():
            if there in headers:
                payload[member] = headers[there].decode("latin-1")
        payload.update(zip(self.uri, in_path, strict=True))
        payload = _checked(self.shape, payload)
        if self.payload is not None:
            payload[self.payload] = body
        return payload

    def of_body(self, members: Payload) -> Payload:
        """The members of a body without those that belong to the path, the query or a header."""
        return {name: value for name, value in members.items() if name not in self._elsewhere}

    def _scalar(self, member: str, text: str) -> Any:
        return int(text) if member in self.numbers and _NUMBER(text) else text


def _object(body: bytes) -> Payload:
    if not body.strip():
        return {}
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidRequestContentException(
            f"Could not parse request body into json: {error}"
        ) from None
    if not isinstance(parsed, dict):
        raise InvalidRequestContentException("Could not parse request body into json: no object")
    return parsed


@cache
def _compiler() -> Compiler:
    return Compiler(SHAPES, AMENDED)


def _checked(shape: str, payload: Payload) -> Payload:
    structure = _compiler().structure(shape)
    if structure.accepts(payload):
        return payload
    read: Payload = structure.read(payload, True)
    failures = Failures()
    structure.check(read, "", failures)
    failures.raise_any()
    return read


OPERATIONS: Final = {name: FunctionOperation(name, *rest) for name, *rest in GENERATED}
"""By name."""

INPUT_HEADERS: Final = tuple(
    sorted({header for operation in OPERATIONS.values() for header in operation.headers})
)
"""The headers, in lower case, that carry members of some operation's input."""


class Paths:
    """Finds the operation of a method and path."""

    def __init__(self) -> None:
        self._fixed: dict[tuple[bytes, str], FunctionOperation] = {}
        self._open: list[tuple[bytes, re.Pattern[str], FunctionOperation]] = []
        for operation in OPERATIONS.values():
            if not operation.uri:
                self._fixed[operation.method, operation.path] = operation
            else:
                pattern = re.compile(re.sub(r"\{[A-Za-z]+\}", "([^/]+)", operation.path))
                self._open.append((operation.method, pattern, operation))

    def find(self, method: bytes, path: str) -> tuple[FunctionOperation, tuple[str, ...]] | None:
        """The operation and the decoded parts of its path; None if there is no such operation."""
        path = path.rstrip("/")
        fixed = self._fixed.get((method, path))
        if fixed is not None:
            return fixed, ()
        for allowed, pattern, operation in self._open:
            match = pattern.fullmatch(path)
            if match is not None and allowed == method:
                return operation, tuple(map(unquote, match.groups()))
        return None
