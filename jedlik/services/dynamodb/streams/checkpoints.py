"""How far a reader of a stream has come in each shard.

Checkpoints move only under the reader's lease, and only while its owner (a mapping, destination or
replica) exists: a process that lost the lease, or whose owner is gone, cannot move them. Records
before a checkpoint are done; those after it will be read, perhaps for the second time. All
checkpoints of a reader are one record:

    {shard id: [number of the next record, whether nothing is left in the shard]}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson

from jedlik.kernel.leases import Lease, LeaseLost
from jedlik.storage.engine import Changes, Reads, Value


class Checkpoint(NamedTuple):
    """A position in a shard (see `streams.reading`)."""

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


async def read_checkpoints(engine: Reads, key: bytes) -> dict[str, Checkpoint]:
    """The checkpoints that are stored under a key."""
    (stored,) = await engine.read((key,))
    return decode_checkpoints(stored)


class MoveCheckpoints:
    """Write task: move the checkpoints under `key` (None removes one), and put `notes` with them.

    `owner` is the key of the reader's owner. Raises LeaseLost if that or the lease is gone.
    """

    def __init__(
        self,
        lease: Lease,
        owner: bytes,
        key: bytes,
        moved: Mapping[str, Checkpoint | None],
        notes: Mapping[bytes, Value] | None = None,
    ) -> None:
        self._lease = lease
        self._moved = moved
        self._notes = notes or {}
        self.keys: Sequence[bytes] = (lease.key, owner, key)

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        """See WriteTask."""
        self._lease.check(values[0])
        if values[1] is None:
            raise LeaseLost(self._lease.name)
        changes: dict[bytes, Value] = dict(self._notes)
        if self._moved:
            after = {**decode_checkpoints(values[2]), **self._moved}
            left = {shard: each for shard, each in after.items() if each is not None}
            changes[self.keys[2]] = encode_checkpoints(left)
        return Changes(changes, None)
