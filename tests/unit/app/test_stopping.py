"""Stopping a server whose store hangs."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from jedlik.app.addresses.listening import listen
from jedlik.app.server import Server
from jedlik.app.settings import Settings
from jedlik.base.clock import SystemClock
from jedlik.base.ids import RandomIds
from jedlik.storage.memory import MemoryEngine
from jedlik.storage.open import OpenStorage

GRACE = 2.3  # two seconds of it are for the last work and for closing the store
TABLE = {
    "TableName": "music", "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
}  # fmt: skip


class Hanging(MemoryEngine):
    """An engine that stops to answer at some time, as a database whose machine is frozen."""

    def __init__(self) -> None:
        super().__init__()
        self.hangs = False

    async def _hang(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()

    async def read(self, keys: Any) -> Any:
        await self._hang()
        return await super().read(keys)

    async def range(self, *bounds: Any, **options: Any) -> Any:
        await self._hang()
        return await super().range(*bounds, **options)

    async def write(self, task: Any) -> Any:
        await self._hang()
        return await super().write(task)

    async def close(self) -> None:
        await self._hang()
        await super().close()


def test_a_store_that_hangs_is_given_up_in_time(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> float:
        engine = Hanging()
        settings = Settings(grace_seconds=GRACE)
        server = Server(settings, OpenStorage(engine, None), SystemClock(), RandomIds())
        sockets = listen("127.0.0.1", 0)
        port = sockets[0].getsockname()[1]
        await server.start(sockets)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        engine.hangs = True
        body = json.dumps(TABLE).encode()
        head = (
            "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: DynamoDB_20120810.CreateTable\r\n"
            "X-Amz-Date: 20261129T120000Z\r\nContent-Type: application/x-amz-json-1.0\r\n"
            "Authorization: AWS4-HMAC-SHA256 "
            "Credential=a/20261129/us-east-1/dynamodb/aws4_request, SignedHeaders=host, "
            f"Signature={'0' * 64}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = asyncio.create_task(reader.read())
        assert not (await asyncio.wait((answer,), timeout=0.3))[0]
        loop = asyncio.get_running_loop()
        begin = loop.time()
        await server.stop()
        took = loop.time() - begin
        writer.close()
        assert not await answer, "it was not done"
        return took

    with caplog.at_level(logging.WARNING):
        took = asyncio.run(run())
    assert took < GRACE + 0.5
    assert "the store could not be closed in time" in caplog.text
