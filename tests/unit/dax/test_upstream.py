"""What a cluster answers if DynamoDB does not."""

from __future__ import annotations

import asyncio

import pytest

from jedlik.dax.errors import DaxError
from jedlik.dax.upstream import Upstream
from jedlik.kernel.remote.client import Unreachable
from jedlik.kernel.remote.endpoint import Endpoint


class Silent(Endpoint):
    def __init__(self) -> None:
        pass

    async def call(self, operation: str, body: bytes) -> tuple[int, bytes]:
        raise Unreachable(f"no answer to {operation} {body.decode()}")


def test_an_endpoint_that_is_silent_is_an_error_of_the_server() -> None:
    with pytest.raises(DaxError, match=r"no answer to GetItem \{\}") as failed:
        asyncio.run(Upstream(Silent()).call("GetItem", {}))
    assert (failed.value.code, failed.value.status) == ("InternalServerError", 500)
