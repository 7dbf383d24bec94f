"""How far changes have come: those of others here, and those of this region elsewhere.

Both are kept in the store, one row for each table and other region. Both may lag behind the real
progress, but are never ahead of it: changes that are sent again have no effect.

A store has an *incarnation*, a text made when it is first needed. A copy of a store has the same
one; the positions show that it is an older copy. They are compared whenever a sender sends a
greeting (see `receiving.answer_greeting`, `sending`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson

from jedlik.kernel.keyspaces import APPLIED, INCARNATION, SENT, table_log_prefix
from jedlik.kernel.store import Store
from jedlik.services.dynamodb.recording.replication_log import START, Position
from jedlik.services.dynamodb.regions.messages import Log
from jedlik.storage.engine import Changes, Value

ITEMS: Final = "items"
TOMBSTONES: Final = "tombstones"


class Applied(NamedTuple):
    """How far a region's changes of a table have come here: their log, and a position in it.
    Everything that it had written by `complete_at` is here; `at` is when changes last came (both in
    microseconds since the epoch)."""

    log: Log
    position: Position
    complete_at: int = 0
    at: int = 0


class Fill(NamedTuple):
    """How far a table has been sent as a whole: first its items, then the recorded deletions;
    `after` is the last key after the prefix, empty at the beginning."""

    phase: str = ITEMS
    after: bytes = b""


class Sent(NamedTuple):
    """How far the changes of a table have come in another region. `target` is the replica's own
    log; `at` is when it last accepted changes (microseconds since the epoch)."""

    target: Log
    position: Position
    fill: Fill | None = None
    at: int = 0


def applied_key(table_id: int, log_id: int, region: str) -> bytes:
    """The key of the record of how far a region's changes have come here."""
    return table_log_prefix(APPLIED, table_id, log_id) + region.encode()


def sent_key(table_id: int, log_id: int, region: str) -> bytes:
    """The key of the record of how far changes have come in a region."""
    return table_log_prefix(SENT, table_id, log_id) + region.encode()


def encode_applied(applied: Applied) -> bytes:
    """As it is stored."""
    return orjson.dumps(applied._asdict() | {"log": list(applied.log)})


def decode_applied(stored: Value) -> Applied | None:
    """From its stored form; None if nothing is stored."""
    if stored is None:
        return None
    data = orjson.loads(stored)
    return Applied(**{**data, "log": Log(*data["log"]), "position": tuple(data["position"])})


def encode_sent(sent: Sent) -> bytes:
    """As it is stored."""
    fill = None if sent.fill is None else [sent.fill.phase, sent.fill.after.hex()]
    return orjson.dumps(sent._asdict() | {"target": list(sent.target), "fill": fill})


def decode_sent(stored: Value) -> Sent | None:
    """From its stored form; None if nothing is stored."""
    if stored is None:
        return None
    data: dict[str, Any] = orjson.loads(stored)
    phase = data["fill"]
    fill = None if phase is None else Fill(phase[0], bytes.fromhex(phase[1]))
    return Sent(Log(*data["target"]), tuple(data["position"]), fill, data["at"])


def earliest(positions: Sequence[Position]) -> Position:
    """The position that all of these have reached; the beginning if there are none."""
    return tuple(map(min, *positions)) if len(positions) > 1 else (*positions, START)[0]


class _Incarnate:
    """Write task: the store's incarnation, made if it is missing."""

    keys = (INCARNATION,)

    def __init__(self, made: str) -> None:
        self._made = made

    def decide(self, values: Sequence[Value]) -> Changes[str]:
        (found,) = values
        if found is not None:
            return Changes({}, found.decode())
        return Changes({INCARNATION: self._made.encode()}, self._made)


async def incarnation(store: Store) -> str:
    """The incarnation of a store."""
    (found,) = await store.engine.read((INCARNATION,))
    return (
        await store.engine.write(_Incarnate(store.ids.uuid())) if found is None else found.decode()
    )
