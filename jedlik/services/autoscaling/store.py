"""Scalable targets and activities in the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, TypeVar

import orjson

from jedlik.kernel.keyspaces import SCALABLE_TARGETS, SCALING_ACTIVITIES
from jedlik.kernel.rows import read_in_turns
from jedlik.kernel.store import Store
from jedlik.services.autoscaling.model import WRITE, ScalableTarget, Scaled, target_from_json
from jedlik.storage.blind_write import BlindWrite
from jedlik.storage.engine import Changes, Value
from jedlik.values.keybytes import successor

ACTIVITY_SECONDS: Final = 42 * 86_400
"""How long activities are kept: "the previous six weeks" (DescribeScalingActivities)."""
_LAST_TIME: Final = 2**64 - 1
_TRIMMED_AT_ONCE: Final = 100

T = TypeVar("T")
Decide = Callable[[ScalableTarget | None], tuple[ScalableTarget | None, T]]
"""From the current target, returns the new one and a result. Pure; may raise."""


def target_key(scaled: Scaled) -> bytes:
    """The key of a target in the store."""
    return b"%b%b\x00%b" % (SCALABLE_TARGETS, scaled.resource.encode(), scaled.dimension.encode())


class _Change(Generic[T]):
    """Write task: change one target."""

    def __init__(self, scaled: Scaled, decide: Decide[T]) -> None:
        self._decide = decide
        self.keys = (target_key(scaled),)

    def decide(self, values: Sequence[Value]) -> Changes[T]:
        """See WriteTask."""
        (stored,) = values
        before = None if stored is None else target_from_json(orjson.loads(stored))
        after, result = self._decide(before)
        if after == before:
            return Changes({}, result)
        return Changes({self.keys[0]: None if after is None else orjson.dumps(after)}, result)


async def change_target(store: Store, scaled: Scaled, decide: Decide[T]) -> T:
    """Change a target in one commit. Raises the errors of `decide`; then nothing is changed."""
    return await store.engine.write(_Change(scaled, decide))


async def find_target(store: Store, scaled: Scaled) -> ScalableTarget | None:
    """A target, if it is registered."""
    (stored,) = await store.engine.read((target_key(scaled),))
    return None if stored is None else target_from_json(orjson.loads(stored))


async def scales_writes(store: Store, table: str, index: str | None) -> bool:
    """Whether the write capacity of a table, or of an index of it, follows consumption."""
    target = await find_target(store, Scaled(table, index, WRITE))
    return target is not None and bool(target.policies)


async def all_targets(store: Store) -> list[ScalableTarget]:
    """All targets, by resource and dimension."""
    return await read_in_turns(
        store.engine, SCALABLE_TARGETS, lambda _, value: target_from_json(orjson.loads(value))
    )


async def add_activity(store: Store, activity: dict[str, Any]) -> None:
    """Store an activity, in wire form; its times are shown in milliseconds, as in the service."""
    microseconds = int(activity["StartTime"] * 1_000_000)
    time = (_LAST_TIME - microseconds).to_bytes(8, "big")
    key = SCALING_ACTIVITIES + time + bytes.fromhex(activity["ActivityId"].replace("-", ""))
    times = {name: round(activity[name], 3) for name in ("StartTime", "EndTime")}
    await store.engine.write(BlindWrite({key: orjson.dumps(activity | times)}))


async def all_activities(store: Store) -> list[dict[str, Any]]:
    """All activities, the newest first."""
    return await read_in_turns(
        store.engine, SCALING_ACTIVITIES, lambda _, value: orjson.loads(value)
    )


async def trim_activities(store: Store) -> None:
    """Delete activities that are too old, up to a number."""
    oldest = int((store.clock.now() - ACTIVITY_SECONDS) * 1_000_000)
    low = SCALING_ACTIVITIES + (_LAST_TIME - oldest).to_bytes(8, "big")
    page = await store.engine.range(low, successor(SCALING_ACTIVITIES), limit=_TRIMMED_AT_ONCE)
    if page.rows:
        await store.engine.write(BlindWrite(dict.fromkeys(key for key, _ in page.rows)))
