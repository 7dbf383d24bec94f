"""One mapping at work: its stream is read shard by shard, parents first (see `stream_reader`).

The stream is read with the function's role. Its permission is checked repeatedly while there are no
records, and before every event: without permission a shard's delivery ends, and continues from its
checkpoint once the role has the permission again.
"""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Mapping
from typing import Any, Final

from jedlik.base.errors import AccessDeniedException, ResourceNotFoundException
from jedlik.services.dynamodb.sealing.key_failures import KeyDisabled
from jedlik.services.dynamodb.streams.checkpoints import Checkpoint, Checkpoints
from jedlik.services.dynamodb.streams.reading import find_stream
from jedlik.services.dynamodb.streams.stream_reader import GONE_SECONDS
from jedlik.services.dynamodb.tables.stream import Shard, Stream
from jedlik.services.lambda_.checkpoints import checkpoints_of
from jedlik.services.lambda_.errors import StreamAccessDenied
from jedlik.services.lambda_.event_source_mappings import NOTHING_YET
from jedlik.services.lambda_.triggers.context import MappingContext
from jedlik.services.lambda_.triggers.shard import ShardDelivery

_log = logging.getLogger(__name__)

AFTER_ERROR_SECONDS: Final = 1.0


class Delivery:
    """The delivery of one mapping: the stream's follower (see `stream_reader.Follower`)."""

    def __init__(self, context: MappingContext) -> None:
        self._database = context.database
        self._mapping = context.mapping
        self._context = context
        self._refused: str | None = None
        """LastProcessingResult while the role may not read the stream."""

    async def stream(self) -> Stream | None:
        """See Follower."""
        arns = self._database.arns
        try:
            return await find_stream(self._database, *arns.stream(self._mapping.stream_arn))
        except ResourceNotFoundException as error:
            await self._context.move({}, f"PROBLEM: {error.message}")
            return None

    async def may_read(self) -> bool:
        """Whether the function's role may read the stream; records the result if not."""
        context, refused = self._context, self._refused
        function = self._mapping.function
        try:
            await context.function()
        except StreamAccessDenied as refusal:
            self._refused = f"PROBLEM: {refusal.message}"
            if refused is None:
                _log.warning("delivery to %s stops: %s", function, refusal.message)
            await context.move({}, self._refused)
            return False
        self._refused = None
        if refused is not None and context.result == refused:
            _log.warning("delivery to %s continues", function)
            await context.move({}, NOTHING_YET)
        return True

    async def checkpoints(self) -> Checkpoints:
        """See Follower."""
        return await checkpoints_of(self._database.engine, self._mapping.uuid)

    async def move(self, moved: Mapping[str, Checkpoint | None]) -> None:
        """See Follower."""
        await self._context.move(moved, None)

    def read_shard(self, stream: Stream, shard: Shard, position: int) -> Coroutine[Any, Any, None]:
        """See Follower."""
        return ShardDelivery(self._context, stream, shard, position).run()

    async def failed(self, error: Exception) -> float:
        """See Follower."""
        function = self._mapping.function
        if isinstance(error, StreamAccessDenied):
            return 0.0  # no shard starts before the role has permission again
        if isinstance(error, ResourceNotFoundException):
            return AFTER_ERROR_SECONDS
        if isinstance(error, (AccessDeniedException, KeyDisabled)):  # the key of the stream's table
            await self._context.move({}, f"PROBLEM: {error.message}")
            return GONE_SECONDS
        if isinstance(error, OSError):
            _log.error("delivery to %s failed: %s", function, error)
            return AFTER_ERROR_SECONDS
        raise error
