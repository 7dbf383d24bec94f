"""The pipeline of APIs in JSON 1.1, whose operations are named by `X-Amz-Target`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

import orjson

from jedlik.base.errors import (
    RequestEntityTooLargeException,
    SerializationException,
    ServiceError,
    UnknownOperationException,
)
from jedlik.base.limits import KIB
from jedlik.gateway.exchange import Answer, Request
from jedlik.gateway.known_errors import known_error, not_available
from jedlik.gateway.operation import Payload
from jedlik.gateway.pipeline import AuthorizerT, Call, Pipeline
from jedlik.gateway.protocols import AMZ_JSON_1_1
from jedlik.gateway.verifier import Verifier

if TYPE_CHECKING:
    from jedlik.gateway.audit.trail import Trail

MAX_CONTENT: Final = 512 * KIB
"""Bytes of a request. The longest that can succeed has a key policy of 32 KB, and what the models
allow is below this limit. Longer input could make an operation do far more work than any item."""
SubjectT = TypeVar("SubjectT")
Operation = Callable[[Any, Payload], Awaitable[Any]]
"""Takes the API's subject and the checked input; returns the answer's members, or its whole
body."""


class JsonPipeline(Pipeline[str, AuthorizerT], Generic[SubjectT, AuthorizerT]):
    """A pipeline to which an API adds its operations, shapes and permissions. `subject` is the
    first argument of its operations."""

    operations: ClassVar[Mapping[str, Operation]]
    internal: ClassVar[type[ServiceError]]
    """The API's error for a fault of the server."""
    max_content: ClassVar[int] = MAX_CONTENT

    def __init__(
        self,
        subject: SubjectT,
        verifier: Verifier,
        authorizer: AuthorizerT | None = None,
        trail: Trail | None = None,
    ) -> None:
        super().__init__(authorizer, trail)
        self._subject = subject
        self._verifier = verifier

    def admit(self, request: Request) -> None:
        super().admit(request)
        # Before authentication: for an unknown sender, no more than this is hashed.
        if len(request.body) > self.max_content:
            raise RequestEntityTooLargeException

    def verifier(self, _request: Request) -> Verifier:
        return self._verifier

    def find(self, request: Request) -> str:
        name = request.headers[b"x-amz-target"].decode("latin-1").partition(".")[2]
        if name not in self.operations:
            raise UnknownOperationException(not_available(name))
        return name

    def read(self, operation: str, request: Request) -> Payload:
        if len(request.content) > self.max_content:  # after decompression
            raise RequestEntityTooLargeException
        try:
            parsed = orjson.loads(request.content)
        except orjson.JSONDecodeError:
            raise SerializationException from None
        return self.check(operation, parsed)

    @abstractmethod
    def check(self, operation: str, parsed: Any, /) -> Payload:
        """The input of an operation, its shape checked."""

    async def operate(self, call: Call[str]) -> Answer:
        body = await self.operations[call.operation](self._subject, call.payload)
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        return Answer(200, content, AMZ_JSON_1_1)

    def refusal(self, error: Exception, request: Request) -> Answer:
        known = known_error(error, request, self.internal)
        return Answer(known.status, orjson.dumps(known.body()), AMZ_JSON_1_1)
