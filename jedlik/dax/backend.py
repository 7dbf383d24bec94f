"""What a cluster is in front of: anything that answers DynamoDB's API."""

from __future__ import annotations

from typing import Any, Protocol

from jedlik.gateway.operation import Payload


class Backend(Protocol):
    """DynamoDB as a cluster sees it, asked in the name of the cluster's role."""

    async def call(self, operation: str, payload: Payload) -> dict[str, Any]:
        """The members of an operation's answer. Raises `DaxError` for an error of the service, and
        for one of which the outcome is not known with a status of 500 or more."""
        ...
