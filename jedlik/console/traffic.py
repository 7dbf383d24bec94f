"""The data of the console's Traffic page besides metrics: single requests, and advice.

    GET /console/traffic/requests?after=NUMBER   requests answered after that one
    GET /console/traffic/advice                  costs of tables, and possible improvements

Where the server knows its callers, these are signed like every call, and policies decide.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import parse_qs

import orjson

from jedlik.base.errors import InternalServerError, ThrottlingException, ValidationException
from jedlik.console.headers import ALWAYS, NEVER
from jedlik.gateway.exchange import Answer, HeadedAnswer, Request
from jedlik.gateway.known_errors import known_error
from jedlik.gateway.protocols import JSON
from jedlik.gateway.task_per_request import TaskPerRequest

if TYPE_CHECKING:
    from jedlik.gateway.audit.trail import Trail

TRAFFIC_PATH: Final = b"/console/traffic/"
SIGNED_AS: Final = "cloudtrail"
REQUESTS_ACTION: Final = "cloudtrail:LookupEvents"
"""The permission to see other callers' requests; CloudTrail's, for the same (Service Authorization
Reference, "Actions, resources, and condition keys for AWS CloudTrail")."""
ADVICE_ACTIONS: Final = ("cloudwatch:GetMetricData", "cloudwatch:GetInsightRuleReport")
"""The permissions for advice, which is derived from all tables' metrics, and from the reports of
Contributor Insights: it names their most used partition keys."""
_MAX_DIGITS: Final = 15


class Watching(NamedTuple):
    """The sources of the page. `permit` raises a ServiceError unless the sender may do an action;
    `requests` is called with a number, or with None for requests from now on."""

    permit: Callable[[Request, str], Awaitable[None]]
    requests: Callable[[int | None], Awaitable[dict[str, Any]]]
    advice: Callable[[], Awaitable[dict[str, Any]]]


class TrafficPages(TaskPerRequest):
    """Answers requests below /console/traffic/. `watching` is called at the first request; a
    `trail` records all of them."""

    def __init__(self, watching: Callable[[], Watching], trail: Trail | None = None) -> None:
        super().__init__(trail)
        self._make = watching
        self._made: Watching | None = None
        self._advising = False

    async def answer(self, request: Request) -> Answer:
        if self._made is None:
            self._made = self._make()
        if request.method not in (b"GET", b"HEAD"):
            return _answer(405, {"message": "it is read by GET"})
        match called(request):
            case b"requests":
                await self._made.permit(request, REQUESTS_ACTION)
                return _answer(200, await self._made.requests(_after(request)))
            case b"advice":
                for action in ADVICE_ACTIONS:
                    await self._made.permit(request, action)
                return _answer(200, await self._advise(self._made))
        return _answer(404, {"message": "there are requests and advice"})

    async def _advise(self, watching: Watching) -> dict[str, Any]:
        """One report at a time, since it reads days of metrics and some items of every table."""
        if self._advising:
            raise ThrottlingException("Another report is being made: try again.")
        self._advising = True
        try:
            return await watching.advice()
        finally:
            self._advising = False

    def refusal(self, error: Exception, request: Request) -> Answer:
        known = known_error(error, request, InternalServerError)
        return _answer(known.status, known.body())


def called(request: Request) -> bytes:
    """The name of the call below /console/traffic/, without its query."""
    return request.target.partition(b"?")[0].rpartition(b"/")[2]


def _after(request: Request) -> int | None:
    query = request.target.partition(b"?")[2]
    given = parse_qs(query.decode("latin-1")).get("after")
    if given is None:
        return None
    if not (given[0].isascii() and given[0].isdigit() and len(given[0]) <= _MAX_DIGITS):
        raise ValidationException("after is not a whole number.")
    return int(given[0])


def _answer(status: int, body: dict[str, Any]) -> Answer:
    return HeadedAnswer(status, orjson.dumps(body), JSON, (NEVER, *ALWAYS))
