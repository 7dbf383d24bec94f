"""The position of an event source mapping in each shard, and the result of its last batch.

The checkpoints are those of any reader of a stream (see `streams.checkpoints`); they are deleted
with the mapping.
"""

from __future__ import annotations

from collections.abc import Mapping

from jedlik.kernel.keyspaces import checkpoints_key, mapping_key, processing_result_key
from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.streams.checkpoints import (
    Checkpoint,
    MoveCheckpoints,
    read_checkpoints,
)
from jedlik.storage.engine import Reads


async def checkpoints_of(engine: Reads, mapping: str) -> dict[str, Checkpoint]:
    """A mapping's checkpoints."""
    return await read_checkpoints(engine, checkpoints_key(mapping))


def move_checkpoints(
    lease: Lease,
    mapping: str,
    moved: Mapping[str, Checkpoint | None],
    result: str | None = None,
) -> MoveCheckpoints:
    """Write task: move a mapping's checkpoints and store the last batch's result (None: unchanged).

    Raises LeaseLost if the lease or the mapping no longer exists.
    """
    notes = {} if result is None else {processing_result_key(mapping): result.encode()}
    return MoveCheckpoints(lease, mapping_key(mapping), checkpoints_key(mapping), moved, notes)
