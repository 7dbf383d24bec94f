"""How far an event source mapping has come in each shard.

Checkpoints only ever move under the mapping's lease and beside the mapping itself: whoever lost the
lease, or delivers for a mapping that is gone, cannot move them. What lies before one has been
delivered or discarded; what lies behind it will be delivered, perhaps for the second time. All of a
mapping's checkpoints are one record, which goes with the mapping:

    {shard id: [number of the next record, whether nothing is left in the shard]}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson

from jedlik.kernel.keyspaces import checkpoints_key, mapping_key, processing_result_key
from jedlik.kernel.leases import Lease, LeaseLost
from jedlik.storage.engine import Changes, Engine, Value


class Checkpoint(NamedTuple):
    """A position in a shard (see `stream_reading`)."""

    position: int
    ended: bool = False


Checkpoints = Mapping[str, Checkpoint]
"""By shard id."""


def encode_checkpoints(checkpoints: Checkpoints) -> bytes:
    """Checkpoints as they are stored."""
    return orjson.dumps({shard: list(each) for shard, each in checkpoints.items()})


def decode_checkpoints(stored: Value) -> dict[str, Checkpoint]:
    """Checkpoints from their stored form."""
    if stored is None:
        return {}
    return {shard: Checkpoint(*each) for shard, each in orjson.loads(stored).items()}


async def checkpoints_of(engine: Engine, mapping: str) -> dict[str, Checkpoint]:
    """A mapping's checkpoints."""
    (stored,) = await engine.read((checkpoints_key(mapping),))
    return decode_checkpoints(stored)


class MoveCheckpoints:
    """Move checkpoints (None removes one) and note how the last batch went (None: as before).

    Raises LeaseLost where the lease or the mapping is gone.
    """

    def __init__(
        self,
        lease: Lease,
        mapping: str,
        moved: Mapping[str, Checkpoint | None],
        result: str | None = None,
    ) -> None:
        self._lease = lease
        self._moved = moved
        self._result = result
        self._result_key = processing_result_key(mapping)
        self.keys = (lease.key, mapping_key(mapping), checkpoints_key(mapping))

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        self._lease.check(values[0])
        if values[1] is None:
            raise LeaseLost(self._lease.name)
        changes: dict[bytes, Value] = {}
        if self._moved:
            after = {**decode_checkpoints(values[2]), **self._moved}
            left = {shard: each for shard, each in after.items() if each is not None}
            changes[self.keys[2]] = encode_checkpoints(left)
        if self._result is not None:
            changes[self._result_key] = self._result.encode()
        return Changes(changes, None)
