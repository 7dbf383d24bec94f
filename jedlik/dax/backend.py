"""The backend of a cluster: anything that answers DynamoDB's API."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any, Protocol

from jedlik.gateway.operation import Payload


class Backend(Protocol):
    """DynamoDB as a cluster sees it, called with the cluster's role."""

    async def call(
        self, operation: str, payload: Payload, hold: AsyncExitStack | None = None
    ) -> dict[str, Any]:
        """The members of an operation's answer. Raises `DaxError` for an error; its status is 500
        or more if the outcome is unknown.

        An answer of very many values takes much memory. With `hold`, only a few are in memory at a
        time: this one until `hold` ends.
        """
        ...
