"""How far an event source mapping has come in each shard.

A checkpoint is only ever written under the mapping's lease and beside the mapping itself: whoever
lost the lease, or delivers for a mapping that is gone, cannot move it. What lies before it has been
delivered or discarded; what lies behind it will be delivered, perhaps for the second time.

    {"position": number of the next record, "ended": whether nothing is left in the shard}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson

from jedlik.database.keyspaces import checkpoint_key, mapping_key, processing_result_key
from jedlik.database.leases import Lease, LeaseLost
from jedlik.storage.engine import Changes, Engine, Value
from jedlik.values.keybytes import successor

_PAGE = 1000


class Checkpoint(NamedTuple):
    """A position in a shard (see `stream_reading`)."""

    position: int
    ended: bool = False

    def stored(self) -> bytes:
        """As it is stored."""
        return orjson.dumps({"position": self.position, "ended": self.ended})


def decode_checkpoint(stored: bytes) -> Checkpoint:
    """A checkpoint from its stored form."""
    return Checkpoint(**orjson.loads(stored))


async def checkpoints_of(engine: Engine, mapping: str) -> dict[str, Checkpoint]:
    """A mapping's checkpoints, by shard id."""
    prefix = checkpoint_key(mapping)
    found = {}
    low, more = prefix, True
    while more:
        page = await engine.range(low, successor(prefix), limit=_PAGE)
        for key, stored in page.rows:
            found[key[len(prefix) :].decode()] = decode_checkpoint(stored)
        more = page.more
        low = page.rows[-1][0] + b"\x00" if page.rows else low
    return found


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
        self._mapping = mapping
        self._changes: dict[bytes, Value] = {
            checkpoint_key(mapping, shard): None if checkpoint is None else checkpoint.stored()
            for shard, checkpoint in moved.items()
        }
        if result is not None:
            self._changes[processing_result_key(mapping)] = result.encode()
        self.keys = (lease.key, mapping_key(mapping))

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        self._lease.check(values[0])
        if values[1] is None:
            raise LeaseLost(self._lease.name)
        return Changes(self._changes, None)
