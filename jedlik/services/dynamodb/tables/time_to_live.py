"""The TTL setting of a table as the catalog describes it.

API reference, "TimeToLiveDescription": the four states.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

ENABLING: Final = "ENABLING"
ENABLED: Final = "ENABLED"
DISABLING: Final = "DISABLING"
DISABLED: Final = "DISABLED"

BACKFILL: Final = "expiry-backfill"
"""The kind of jobs that fill an expiry index."""


@dataclass(frozen=True, slots=True)
class TimeToLive:
    """TTL on one attribute; after it is disabled it stays here until its state says so.

    `id` is that of the expiry index: a number never used twice, of the same kind as index ids.
    While `backfilling`, the expiry index may lack items written before it was made.
    `changing_until` is when the state stops being ENABLING or DISABLING (seconds since the epoch).
    """

    id: int
    attribute: str
    enabled: bool
    backfilling: bool = False
    changing_until: float = 0.0

    def status(self, now: float) -> str:
        """TimeToLiveStatus at `now`."""
        if self.enabled:
            return ENABLING if now < self.changing_until else ENABLED
        return DISABLING if now < self.changing_until else DISABLED


def time_to_live_from_json(data: dict[str, Any] | None) -> TimeToLive | None:
    """The setting from its JSON."""
    return None if data is None else TimeToLive(**data)
