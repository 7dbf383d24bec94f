"""The simplest write task: puts and deletions that hold whatever is there now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jedlik.storage.engine import Changes, Value


class BlindWrite:
    """Write task: give each key its value (None deletes it), without having read anything."""

    keys: Sequence[bytes] = ()

    def __init__(self, values: Mapping[bytes, Value]) -> None:
        self._values = values

    def decide(self, _values: Sequence[Value]) -> Changes[None]:
        """See WriteTask."""
        return Changes(self._values, None)
