"""All of DAX's control plane in one document: a few clusters and groups, rarely changed.

So a change sees everything that it depends on, and the process that runs clusters detects changes
with one read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import orjson

from jedlik.kernel.keyspaces import CLUSTERS
from jedlik.services.dax_control.model import State, state_of
from jedlik.storage.engine import Changes, Engine, Value

ResultT = TypeVar("ResultT")
Decide = Callable[[State], ResultT]
"""Changes the state, or raises the error of an operation. It may be called more than once."""


def decoded(stored: Value) -> State:
    """The stored state."""
    return State() if stored is None else state_of(orjson.loads(stored))


async def read_stored(engine: Engine) -> Value:
    """The stored document, for comparison with an earlier one."""
    (stored,) = await engine.read((CLUSTERS,))
    return stored


async def read_state(engine: Engine) -> State:
    """The current state."""
    return decoded(await read_stored(engine))


async def change_state(engine: Engine, decide: Decide[ResultT]) -> ResultT:
    """Change the state by `decide`, atomically; returns its result."""
    return await engine.write(_Change(decide))


class _Change(Generic[ResultT]):
    def __init__(self, decide: Decide[ResultT]) -> None:
        self.keys = (CLUSTERS,)
        self._decide = decide

    def decide(self, values: Sequence[Value]) -> Changes[ResultT]:
        """See `storage.engine.WriteTask`."""
        (stored,) = values
        state = decoded(stored)
        result = self._decide(state)
        return Changes({CLUSTERS: orjson.dumps(state)}, result)
