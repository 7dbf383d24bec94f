"""All APIs behind one front door."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jedlik.service.exchange import Reply, Request
from jedlik.service.service import Service

if TYPE_CHECKING:
    from jedlik.service.query import QueryService


class Front:
    """`submit` takes DynamoDB's requests, `submit_query` the forms of IAM and STS, `submit_rest`
    what has a path of the Lambda API.

    `make_query` makes the service of the latter, at the first form: few servers ever see one.
    """

    __slots__ = ("_make_query", "_query", "submit", "submit_rest")

    def __init__(
        self,
        service: Service,
        make_query: Callable[[], QueryService],
        submit_rest: Callable[[Request, Reply], None],
    ) -> None:
        self.submit = service.submit
        self.submit_rest = submit_rest
        self._make_query = make_query
        self._query: QueryService | None = None

    def submit_query(self, request: Request, reply: Reply) -> None:
        """Answer a form by calling `reply` once."""
        if self._query is None:
            self._query = self._make_query()
        self._query.submit(request, reply)
