"""The interface of CloudWatch's protocols."""

from __future__ import annotations

from typing import Any, Protocol

from jedlik.base.errors import ServiceError
from jedlik.gateway.exchange import Answer, Request

Members = dict[str, Any]


class WireProtocol(Protocol):
    """Reads requests and writes answers in one form."""

    def operation(self, request: Request) -> str:
        """The name of a request's operation."""
        ...

    def read(self, request: Request, shape: str, /) -> Any:
        """The input, not checked; `shape` is its name in `shapes`. Raises SerializationException
        if it cannot be read."""
        ...

    def success(self, operation: str, members: Members | None, request: Request) -> Answer:
        """The answer of an operation; None if the operation has no output."""
        ...

    def failure(self, error: ServiceError, request: Request) -> Answer:
        """The answer for an error."""
        ...
