"""A value under a key of the store, which no operation would put."""

from __future__ import annotations

from jedlik.storage.engine import Changes


class Store:
    """The engine's task for one value."""

    keys = ()

    def __init__(self, key: bytes, value: bytes) -> None:
        self._changes = {key: value}

    def decide(self, _values: object) -> Changes[None]:
        return Changes(self._changes, None)
