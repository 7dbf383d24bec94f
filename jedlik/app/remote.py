"""Another server, called as a client: by its endpoint, with credentials.

For commands that work on a running server, whose policies decide what they may do.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from typing import Any, Final, Self

import orjson

from jedlik.auth.signing import SigningCredentials
from jedlik.base.errors import InternalServerError, ResourceInUseException
from jedlik.kernel.remote.client import RemoteError, Unreachable, decoded
from jedlik.kernel.remote.endpoint import Endpoint
from jedlik.kernel.remote.service_error import RemoteServiceError

ANY: Final = "local"
"""The credentials if the environment has none: an open server accepts any."""
_AGAIN: Final = frozenset(
    ("ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException")
)
_TRIES: Final = 8
_FIRST_PAUSE: Final = 0.05
_MAX_PAUSE: Final = 5.0
_ACTIVE_SECONDS: Final = 300.0
_POLL_SECONDS: Final = 0.2


class Remote:
    """The server at `url`, for `async with`."""

    def __init__(self, url: str, region: str, credentials: SigningCredentials) -> None:
        self._endpoint = Endpoint(url, region, credentials, time.time)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._endpoint.close()

    async def call(self, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        """The answer of an operation; throttled requests are sent again. Raises
        `RemoteServiceError`."""
        body = orjson.dumps(given)
        for attempt in range(_TRIES):
            try:
                answer = decoded(*await self._endpoint.call(operation, body))
            except Unreachable as error:
                raise RemoteServiceError(InternalServerError.code(), str(error)) from error
            except RemoteError as error:
                if error.name not in _AGAIN or attempt == _TRIES - 1:
                    raise RemoteServiceError(error.name, error.message) from error
            else:
                if not isinstance(answer, dict):
                    raise RemoteServiceError("InvalidAnswer", "its answer is no object of JSON")
                return answer
            await _pause(attempt)
        raise AssertionError

    async def send(self, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        """The same for seeds: it returns when tables are ACTIVE, and pauses if a batch had
        unprocessed items. Raises ServiceError."""
        try:
            answer = await self.call(operation, given)
        except RemoteServiceError as error:
            if error.remote_code == ResourceInUseException.code():
                raise ResourceInUseException(error.message) from error
            raise
        if operation == "CreateTable":
            await self._until_active(given["TableName"])
        if answer.get("UnprocessedItems"):
            await _pause(0)
        return answer

    async def _until_active(self, table: str) -> None:
        end = time.monotonic() + _ACTIVE_SECONDS
        while time.monotonic() < end:
            described = await self.call("DescribeTable", {"TableName": table})
            if described["Table"]["TableStatus"] == "ACTIVE":
                return
            await asyncio.sleep(_POLL_SECONDS)
        raise RemoteServiceError(
            "TimeoutError", f"{table} is not ACTIVE after {_ACTIVE_SECONDS:.0f} s"
        )


def credentials_of(environment: Mapping[str, str]) -> SigningCredentials:
    """The usual variables of AWS's tools; any credentials if they are not set."""
    return SigningCredentials(
        environment.get("AWS_ACCESS_KEY_ID") or ANY,
        environment.get("AWS_SECRET_ACCESS_KEY") or ANY,
        environment.get("AWS_SESSION_TOKEN") or None,
    )


async def _pause(attempt: int) -> None:
    longest = min(_FIRST_PAUSE * 2.0**attempt, _MAX_PAUSE)
    await asyncio.sleep(random.uniform(0.0, longest))  # noqa: S311 (spreads retries)
