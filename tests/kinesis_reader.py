"""The reader of a stream that AWS's documentation describes, with checkpoints.

Every shard is read to its end before its children; a checkpoint is the sequence number of the last
record returned. `Reader.state` is all that it must keep, so a reader that was stopped at any point
is continued by another `Reader` with the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Call = Callable[..., dict[str, Any]]
"""Calls an operation by its name: `call("GetRecords", ShardIterator=...)`."""

FINISHED = "finished"


class Reader:
    """Reads all records of a stream, each shard in its order, parents before children."""

    def __init__(
        self, call: Call, stream_arn: str, state: dict[str, str] | None = None, limit: int = 1000
    ) -> None:
        self._call = call
        self._arn = stream_arn
        self._limit = limit
        self.state: dict[str, str] = {} if state is None else state
        """Shard id to the last sequence number that was read, or FINISHED."""

    def shards(self) -> list[dict[str, Any]]:
        """All shards from DescribeStream, page by page."""
        shards: list[dict[str, Any]] = []
        start: dict[str, str] = {}
        while True:
            page = self._call("DescribeStream", StreamArn=self._arn, Limit=3, **start)
            description = page["StreamDescription"]
            shards += description["Shards"]
            if "LastEvaluatedShardId" not in description:
                return shards
            start = {"ExclusiveStartShardId": description["LastEvaluatedShardId"]}

    def poll(self) -> Iterator[dict[str, Any]]:
        """All records that can be read now, of one shard after the other."""
        progress = True
        while progress:
            progress = False
            shards = self.shards()
            known = {shard["ShardId"] for shard in shards}
            for shard in shards:
                parent = shard.get("ParentShardId")
                ready = parent not in known or self.state.get(parent or "") == FINISHED
                if ready and self.state.get(shard["ShardId"]) != FINISHED:
                    yield from self._read(shard["ShardId"])
                    progress = progress or self.state.get(shard["ShardId"]) == FINISHED

    def _read(self, shard_id: str) -> Iterator[dict[str, Any]]:
        last = self.state.get(shard_id)
        at = (
            {"ShardIteratorType": "TRIM_HORIZON"}
            if last is None
            else {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": last}
        )
        iterator = self._call("GetShardIterator", StreamArn=self._arn, ShardId=shard_id, **at)
        position: str | None = iterator["ShardIterator"]
        while position is not None:
            page = self._call("GetRecords", ShardIterator=position, Limit=self._limit)
            for record in page["Records"]:
                self.state[shard_id] = record["dynamodb"]["SequenceNumber"]
                yield record
            position = page.get("NextShardIterator")
            if not page["Records"] and position is not None:
                return
        self.state[shard_id] = FINISHED
