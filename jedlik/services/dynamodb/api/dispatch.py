"""The steps of a request: authenticate, parse, validate, authorize, operate, answer.

Operations are coroutines, but most never wait: a read on an embedded engine has its answer
immediately. So the first step of an operation is taken here by hand, in the callback that brought
the request. An operation that does wait (a write, for its group commit) waits only for futures, and
continues in their callbacks. Neither kind needs a task.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

import orjson

from jedlik.base.errors import (
    InternalServerError,
    InvalidParameter,
    MalformedHttpRequestException,
    ResourceNotFoundException,
    SerializationException,
    ServiceError,
    TransactionCanceledException,
    UnrecognizedClientException,
    ValidationException,
)
from jedlik.base.places import Places
from jedlik.gateway.content import undo_coding
from jedlik.gateway.exchange import Answer, Reply, Request
from jedlik.gateway.known_errors import known_error, let_go_of_frames
from jedlik.gateway.operation import Body, Payload
from jedlik.gateway.verifier import Verifier
from jedlik.kernel.catalog_version import MAX_RESTARTS, CatalogChanged
from jedlik.services.dynamodb.api.long_bodies import (
    LONG_BODIES,
    checked_aside,
    free_in_steps,
    is_long,
    parsed_in_steps,
)
from jedlik.services.dynamodb.api.routes import Route, Routes
from jedlik.services.dynamodb.api.wording import worded
from jedlik.services.dynamodb.capacity.refusals import Throttled
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.metering.request_meter import RequestMeter
from jedlik.storage.failures import StorageUnavailable
from jedlik.values.joined_numbers import MIN_BYTES, json_of

_MAY_BE_STALE = (
    ValidationException,
    ResourceNotFoundException,
    TransactionCanceledException,
    *Throttled,
)
"""Errors that an outdated view of a table may cause. A false condition is not among them: a write
that finds its table changed starts again."""

if TYPE_CHECKING:  # a server without identities never loads policies
    from jedlik.gateway.audit.trail import Trail
    from jedlik.services.dynamodb.api.authorizer import TableAuthorizer


class Service:
    """Answers requests to one database. Without an `authorizer` everyone may do anything; a `trail`
    records every request; `unsupported` returns the text for requests to services that do not
    exist here."""

    def __init__(
        self,
        database: Database,
        verifier: Verifier,
        authorizer: TableAuthorizer | None = None,
        trail: Trail | None = None,
        unsupported: Callable[[Request], str | None] = lambda _request: None,
    ) -> None:
        self._database = database
        self._verify = verifier.verify
        self._authorizer = authorizer
        self._trail = trail
        self._meter = RequestMeter(database.metrics, database.arns, database.meters)
        self._routes = Routes(unsupported, self._meter.timings)
        self._known = self._routes.by_target
        self.long_bodies = Places(LONG_BODIES)
        """Held while a request of very many values is parsed and carried out."""
        self._freeing: set[asyncio.Task[None]] = set()

    def submit(self, request: Request, reply: Reply) -> None:
        """Answer `request` by calling `reply` once, now or later. Never raises."""
        if self._trail is not None:
            reply = self._trail.watch(request, reply)
        started = perf_counter_ns()
        route = payload = None
        try:
            headers = request.headers
            route = self._known.get(headers.get(b"x-amz-target")) or self._routes.find(request)
            identity = request.identity = self._verify(request)
            content = _decoded(request) if b"content-encoding" in headers else request.content
            is_short = len(content) < MIN_BYTES
            payload = route.check(orjson.loads(content)) if is_short else _large(route, content)
            authorizer = self._authorizer
            if payload is None or (
                authorizer is not None
                and not authorizer.permits(request, identity, route.name, payload)
            ):
                _Attempt(self, route, payload, request, reply, started).begin(content)
                return
            database = self._database
            coroutine = (
                route.operation(database, payload, identity)
                if route.takes_caller
                else route.operation(database, payload)
            )
            try:
                waiting = coroutine.send(None)
            except StopIteration as done:
                body = done.value
                reply(_success(body))
                timings = route.timings
                if timings is not None:
                    add = timings.get(payload.get("TableName"))
                    if add is not None:
                        add(perf_counter_ns() - started)
                    else:
                        self._meter.time(route.name, payload, perf_counter_ns() - started)
                return
            except _MAY_BE_STALE as error:
                _Attempt(self, route, payload, request, reply, started).confirm(error)
                return
        except CatalogChanged:
            assert route is not None
            _Attempt(self, route, payload, request, reply, started).start()
        except UnrecognizedClientException as error:
            if self._authorizer is None or route is None:
                reply(self.failure(error, request, route, payload))
            else:  # the key may have been made a moment ago, by another worker
                _Attempt(self, route, None, request, reply, started).start()
        except Exception as error:
            reply(self.failure(error, request, route, payload))
        else:
            _Attempt(self, route, payload, request, reply, started, coroutine).wait(waiting)

    def free(self, values: Sequence[object]) -> None:
        """Free the parsed values of a long request, which nothing may need any more."""
        task = asyncio.get_running_loop().create_task(free_in_steps(values))
        self._freeing.add(task)
        task.add_done_callback(self._freeing.discard)

    def time(self, route: Route, payload: Payload | None, started: int) -> None:
        """Record how long an answered request took."""
        timings = route.timings
        if timings is not None and payload is not None:
            add = timings.get(payload.get("TableName"))
            taken = perf_counter_ns() - started
            if add is not None:
                add(taken)
            else:
                self._meter.time(route.name, payload, taken)

    def failure(
        self, error: Exception, request: Request, route: Route | None, payload: Payload | None
    ) -> Answer:
        """The answer for an error, which is counted."""
        if payload is None and isinstance(error, orjson.JSONDecodeError):
            error = SerializationException()  # of the request; later ones are the store's
        known = known_error(error, request, InternalServerError)
        self._meter.count_refusal(None if route is None else route.name, payload, known)
        return Answer(known.status, orjson.dumps(known.body()))

    def operate(
        self, route: Route, payload: Payload | None, request: Request
    ) -> Coroutine[Any, Any, Body]:
        """The operation from its start, unless the request was refused for good. `payload` is None
        if authentication failed, perhaps by outdated identities."""
        if self._authorizer is None and payload is not None:
            return self._operation(route, payload, request)
        return self._authorized(route, payload, request)

    def _operation(
        self, route: Route, payload: Payload, request: Request
    ) -> Coroutine[Any, Any, Body]:
        if route.takes_caller:
            return route.operation(self._database, payload, request.identity)
        return route.operation(self._database, payload)

    async def confirm(self, refusal: ServiceError) -> Body:
        """Raise an operation's refusal again, unless another process has changed the catalog since:
        then raise CatalogChanged, so that the operation is run again."""
        catalog = self._database.catalog
        known = catalog.version
        await catalog.refresh()
        if catalog.version != known:
            raise CatalogChanged
        raise refusal

    async def _authorized(self, route: Route, payload: Payload | None, request: Request) -> Body:
        authorizer = self._authorizer
        assert authorizer is not None
        for _ in range(MAX_RESTARTS):
            await authorizer.store.refresh()
            identity = request.identity = self._verify(request)
            if payload is None:
                payload = await _checked(route, request)
            allowed = await authorizer.authorize(request, identity, route.name, payload)
            if authorizer.store.is_current:
                return await self._operation(route, allowed, request)
        raise StorageUnavailable(
            f"policies changed {MAX_RESTARTS} times while one call was decided"
        )


class _Attempt:
    """An operation that did not finish in its first step: it waits, or has to be run again."""

    __slots__ = (
        "_confirming", "_coroutine", "_payload", "_reply", "_request", "_restarts", "_route",
        "_service", "_started",
    )  # fmt: skip

    def __init__(
        self,
        service: Service,
        route: Route,
        payload: Payload | None,
        request: Request,
        reply: Reply,
        started: int,
        coroutine: Coroutine[Any, Any, Body] | None = None,
    ) -> None:
        self._service = service
        self._started = started
        self._route = route
        self._payload = payload
        self._request = request
        self._reply = reply
        self._coroutine = coroutine
        self._confirming = False
        self._restarts = 0

    def start(self) -> None:
        """Run the operation from its start."""
        self._confirming = False
        self._coroutine = self._service.operate(self._route, self._payload, self._request)
        self._step()

    def begin(self, content: bytes) -> None:
        """Run the operation, having parsed its payload if that takes long."""
        if self._payload is None:
            self._coroutine = self._parsed_operation(content)
            self._step()
        else:
            self.start()

    async def _parsed_operation(self, content: bytes) -> Body:
        request = self._request
        async with self._service.long_bodies.taken(request.identity):
            request.parsed = {}  # if it is no JSON, that is not found out twice
            request.parsed = await parsed_in_steps(content)
            try:
                self._payload = await checked_aside(self._route.check, request.parsed)
            except ValidationException:
                self._confirming = True  # no table was read, so there is nothing to confirm
                raise
            return await self._service.operate(self._route, self._payload, self._request)

    def confirm(self, refusal: ServiceError) -> None:
        """Answer with the operation's refusal if that still holds."""
        self._confirming = True
        self._coroutine = self._service.confirm(refusal)
        self._step()

    def wait(self, waiting: Any) -> None:
        """Continue the coroutine once the future that it waits for is done."""
        if waiting is None:  # a bare yield, such as asyncio.sleep(0)
            asyncio.get_running_loop().call_soon(self._step)
            return
        # As asyncio.Task does: clear the mark that `await` leaves on a future for its task.
        waiting._asyncio_future_blocking = False
        waiting.add_done_callback(self._step)

    def _step(self, _done: object = None) -> None:
        assert self._coroutine is not None
        try:
            waiting = self._coroutine.send(None)
        except StopIteration as done:
            self._reply(_success(done.value))
            self._service.time(self._route, self._payload, self._started)
            self._free_payload()
        except CatalogChanged:
            self._restart()
        except asyncio.CancelledError as error:
            # A future that it waited for was cancelled: nothing will ever call this again.
            self._refuse(StorageUnavailable(f"cancelled: {error!r}"))
        except Exception as error:
            if isinstance(error, _MAY_BE_STALE) and not self._confirming:
                self.confirm(error)
            else:
                self._refuse(error)
        else:
            self.wait(waiting)

    def _restart(self) -> None:
        self._restarts += 1
        if self._restarts > MAX_RESTARTS:
            starved = StorageUnavailable(f"the catalog changed {MAX_RESTARTS} times meanwhile")
            self._refuse(starved)
        else:
            asyncio.get_running_loop().call_soon(self.start)

    def _refuse(self, error: Exception) -> None:
        route = self._route
        told = worded(error, route.name) if isinstance(error, InvalidParameter) else error
        failure = self._service.failure(told, self._request, route, self._payload)
        let_go_of_frames(error)
        self._reply(failure)
        self._free_payload()

    def _free_payload(self) -> None:
        request = self._request
        if request.parsed is not None:
            values, request.parsed, self._payload = (request.parsed, self._payload), None, None
            self._service.free(values)


def _large(route: Route, content: bytes) -> Payload | None:
    """The payload of a large request; None if it is to be parsed in steps."""
    read = route.vectors
    payload = None if read is None else read(content)
    if payload is None and not is_long(content):
        payload = route.check(orjson.loads(content))
    return payload


def _decoded(request: Request) -> bytes:
    """The body with its content coding undone; if that fails, the service answers with an internal
    error (observed)."""
    try:
        undo_coding(request)
    except MalformedHttpRequestException as error:
        raise InternalServerError(error.message) from None
    return request.content


async def _checked(route: Route, request: Request) -> Payload:
    content = _decoded(request) if b"content-encoding" in request.headers else request.content
    try:
        if not is_long(content):
            return route.check(orjson.loads(content))
        body = await parsed_in_steps(content)
    except orjson.JSONDecodeError:
        raise SerializationException from None
    return await checked_aside(route.check, body)


def _success(body: Body) -> Answer:
    return Answer(200, body if type(body) is bytes else orjson.dumps(body, json_of))
