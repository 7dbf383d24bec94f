"""The pipeline of every API but DynamoDB's: authenticate, find the operation, check, authorize,
operate, answer.

DynamoDB's requests take the same steps in code of their own, since nearly all requests are
DynamoDB's (see `services.dynamodb.api.dispatch`).
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, Protocol, TypeVar

from jedlik.auth.identity import Identity
from jedlik.base.aside import aside
from jedlik.base.errors import AccessDeniedException
from jedlik.base.limits import KIB
from jedlik.gateway.content import undo_coding
from jedlik.gateway.exchange import Answer, Request
from jedlik.gateway.operation import Payload
from jedlik.gateway.task_per_request import TaskPerRequest
from jedlik.gateway.verifier import Verifier
from jedlik.gateway.web_pages import is_from_other_page

if TYPE_CHECKING:
    from jedlik.gateway.audit.trail import Trail


LONG_CONTENT: Final = 64 * KIB
"""Bytes of a request; this many are read in some ten milliseconds at most."""


class Authorizes(Protocol):
    """The part of an authorizer that a pipeline itself needs."""

    async def refresh(self) -> Any:
        """Read identities and policies again if they have changed."""


OperationT = TypeVar("OperationT")
AuthorizerT = TypeVar("AuthorizerT", bound=Authorizes)


class Call(NamedTuple, Generic[OperationT]):
    """A request whose sender, operation and input are known."""

    request: Request
    identity: Identity
    operation: OperationT
    payload: Payload


class Pipeline(TaskPerRequest, Generic[OperationT, AuthorizerT]):
    """Answers the requests of one API. Without an `authorizer` everything is allowed."""

    browser_refusal = "This cannot be done from web pages."

    def __init__(self, authorizer: AuthorizerT | None, trail: Trail | None = None) -> None:
        super().__init__(trail)
        self._authorizer = authorizer

    async def answer(self, request: Request) -> Answer:
        """The answer to a request that succeeds. May raise anything (`TaskPerRequest.refusal`)."""
        self.admit(request)
        if self._authorizer is not None:
            await self._authorizer.refresh()
        identity = request.identity = self.verifier(request).verify(request)
        undo_coding(request)
        operation = self.find(request)
        payload = await self._payload(operation, request)
        call = Call(request, identity, operation, payload)
        return await self.operate(call._replace(payload=await self.authorize(call)))

    async def _payload(self, operation: OperationT, request: Request) -> Payload:
        """What `read` returns or raises, which takes seconds for the longest requests."""
        if len(request.content) <= LONG_CONTENT:
            return self.read(operation, request)
        return await aside(self.read, operation, request)

    def admit(self, request: Request) -> None:
        """Refuse requests that no sender may make.

        Any web page can make its visitor's browser send requests. Where any credentials are
        accepted, a page could invent some, so such requests are refused here.
        """
        if self._authorizer is None and is_from_other_page(request):
            raise AccessDeniedException(self.browser_refusal)

    @abstractmethod
    def verifier(self, request: Request, /) -> Verifier:
        """The verifier of a request's signature."""

    @abstractmethod
    def find(self, request: Request, /) -> OperationT:
        """The operation that a request names; raises the API's error if it is missing."""

    @abstractmethod
    def read(self, operation: OperationT, request: Request, /) -> Payload:
        """The operation's input, its shape checked."""

    async def authorize(self, call: Call[OperationT], /) -> Payload:
        """The input on which the decision was based; raises if the caller may not do this.

        By default everything is allowed, for APIs whose operations decide for themselves.
        """
        return call.payload

    @abstractmethod
    async def operate(self, call: Call[OperationT], /) -> Answer:
        """Carry out the operation, and answer."""
