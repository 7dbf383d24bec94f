"""The end of a reader some of whose shards end with errors."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from jedlik.kernel.leases import LeaseLost
from jedlik.services.dynamodb.streams.stream_reader import StreamReader
from jedlik.services.dynamodb.tables.stream import Shard, Stream


class Following:
    """A follower of one shard, which ends with an error once the reading is to end."""

    def __init__(self, reader: StreamReader, error: Exception) -> None:
        self._reader = reader
        self._error = error
        self.began = asyncio.Event()

    async def stream(self) -> Any:
        shard: Any = type("Shard", (), {"id": "shard", "parent": None})
        return type("Stream", (), {"shards": (shard,)})

    async def may_read(self) -> bool:
        return True

    async def checkpoints(self) -> dict[str, Any]:
        return {}

    async def move(self, _moved: Any) -> None: ...

    async def read_shard(self, _stream: Stream, _shard: Shard, _position: int) -> None:
        self.began.set()
        await self._reader._stopping.wait()
        for _ in range(5):  # it is seen that the reading is to end, and this shard still has work
            await asyncio.sleep(0)
        raise self._error

    async def failed(self, error: Exception) -> float:
        raise error


@pytest.mark.parametrize(
    ("error", "lines"), [(LeaseLost("trigger/1"), 0), (ValueError("broken"), 1)]
)
def test_a_lease_that_is_lost_meanwhile_is_no_failure(
    error: Exception, lines: int, caplog: pytest.LogCaptureFixture
) -> None:
    """So it ends for every mapping that is deleted while its function runs."""

    async def scenario() -> None:
        reader = StreamReader()
        following = Following(reader, error)
        reader.run(following)
        await following.began.wait()
        await reader.stop(10.0)

    with caplog.at_level(logging.ERROR):
        asyncio.run(scenario())
    assert len(caplog.records) == lines
