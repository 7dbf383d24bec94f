"""Finding the operation of a request by its target, the value of `X-Amz-Target`: service dot
operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from jedlik.base.errors import UnknownOperationException
from jedlik.gateway.exchange import Request
from jedlik.gateway.known_errors import not_available
from jedlik.gateway.operation import Body, Payload
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.services.dynamodb.api.vector_requests import Reader, vector_reader
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.inputs import OPERATIONS as SHAPES
from jedlik.services.dynamodb.inputs import checker_for
from jedlik.services.dynamodb.metering.request_meter import Timings
from jedlik.services.dynamodb.operations.registry import OPERATIONS, Operation


class Route(NamedTuple):
    """One operation: its name, the checker of its shape, the operation itself, whether it is given
    the caller, where its requests are timed, and how they are parsed if they may have vectors."""

    name: str
    check: Callable[[Any], Payload]
    operation: Operation
    takes_caller: bool
    timings: Timings | None
    vectors: Reader | None


def _not_built(name: str) -> Operation:
    """An operation of the service that is not built yet. docs/differences.md lists them."""

    async def refuse(*_request: object) -> Body:
        raise UnknownOperationException(not_available(name))

    return refuse


class Routes:
    """All routes, compiled at their first use: a cold start compiles none."""

    def __init__(
        self,
        unsupported: Callable[[Request], str | None],
        timings: Callable[[str], Timings | None],
    ) -> None:
        self._unsupported = unsupported
        self._timings = timings
        self.by_target: dict[bytes | None, Route] = {}
        """The routes that were compiled so far."""

    def find(self, request: Request) -> Route:
        """The route of a request's target. Raises UnknownOperationException."""
        target = request.headers.get(b"x-amz-target", b"")
        return self.by_target.get(target) or self._compile(target, request)

    def _load_later(self, target: bytes, name: str) -> Operation:
        """An operation that is loaded by its first requests."""
        if name not in OPERATIONS:
            return _not_built(name)

        async def load_and_operate(database: Database, *request: Any) -> Body:
            version = database.catalog.version
            operation = await OPERATIONS.load(name)
            self.by_target[target] = self.by_target[target]._replace(operation=operation)
            if database.catalog.version != version:
                raise CatalogChanged  # the request was allowed by the policies of that version
            return await operation(database, *request)

        return load_and_operate

    def _compile(self, target: bytes, request: Request) -> Route:
        text = target.decode("latin-1")
        if text not in SHAPES:
            raise UnknownOperationException(self._unsupported(request))
        name = text.partition(".")[2]
        operation = OPERATIONS.when_loaded(name) or self._load_later(text.encode(), name)
        check = checker_for(name)
        vectors = vector_reader(name, check)
        route = Route(
            name, check, operation, OPERATIONS.takes_caller(name), self._timings(name), vectors
        )
        self.by_target[text.encode()] = route
        return route
