"""All APIs behind one front door.

Each but DynamoDB's own is loaded at its first request: few servers ever see one of IAM, of the key
service or of Lambda.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from jedlik.gateway.exchange import Reply, Request

Submit = Callable[[Request, Reply], None]


class Api(Protocol):
    """What answers the requests of one API."""

    def submit(self, request: Request, reply: Reply) -> None:
        """Answer `request` by calling `reply` once, now or later."""
        ...


class Front:
    """Who takes which requests.

    `submit` takes DynamoDB's, `submit_query` the forms of IAM and STS, `submit_keys` those of the
    key service, and `submit_rest` what has a path of the Lambda API.
    """

    __slots__ = ("submit", "submit_keys", "submit_query", "submit_rest")

    def __init__(
        self, dynamodb: Api, query: Callable[[], Api], keys: Callable[[], Api], rest: Submit
    ) -> None:
        self.submit = dynamodb.submit
        self.submit_query = _made_when_needed(query)
        self.submit_keys = _made_when_needed(keys)
        self.submit_rest = rest


def _made_when_needed(make: Callable[[], Api]) -> Submit:
    """The API's `submit`, which makes the API at its first call."""
    made: list[Api] = []

    def submit(request: Request, reply: Reply) -> None:
        if not made:
            made.append(make())
        made[0].submit(request, reply)

    return submit
