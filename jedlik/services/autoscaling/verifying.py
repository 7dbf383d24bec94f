"""How `verify` checks scalable targets and activities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson

from jedlik.kernel.findings import Report
from jedlik.kernel.keyspaces import SCALABLE_TARGETS, SCALING_ACTIVITIES
from jedlik.services.autoscaling.model import target_from_json
from jedlik.services.autoscaling.schedules import read_schedule
from jedlik.services.autoscaling.store import target_key
from jedlik.storage.engine import Row

_ACTIVITY_KEY_SIZE: Final = len(SCALING_ACTIVITIES) + 8 + 16


class ScalingWalk:
    """All can be decoded, targets are under their own keys, and schedules are valid."""

    def __init__(self, found: Report) -> None:
        self._found = found

    def rows(self, rows: Sequence[Row]) -> None:
        """Check the next rows."""
        for key, value in rows:
            try:
                self._row(key, value)
            except (ValueError, TypeError, KeyError):
                self._found(f"auto scaling key {key.hex()}", "its record cannot be read")

    def end(self) -> None:
        """Check what depends on all rows: nothing."""

    def _row(self, key: bytes, value: bytes) -> None:
        data = orjson.loads(value)
        if key.startswith(SCALABLE_TARGETS):
            target = target_from_json(data)
            if target_key(target.scaled) != key:
                self._found(f"scalable target {key!r}", f"its record is that of {target.scaled}")
            for action in target.actions:
                read_schedule(action.schedule, action.timezone, action.created)
        elif not key.startswith(SCALING_ACTIVITIES) or len(key) != _ACTIVITY_KEY_SIZE:
            self._found(f"key {key.hex()}", "belongs to no keyspace")
        elif data["ActivityId"].replace("-", "") != key[-16:].hex():
            self._found(f"scaling activity {key.hex()}", "is called otherwise in its record")
