"""The simplest writes: values under keys of the store, which no operation would put."""

from __future__ import annotations

from collections.abc import Mapping

from jedlik.storage.engine import Changes


class Store:
    """The engine's task for one value."""

    keys = ()

    def __init__(self, key: bytes, value: bytes) -> None:
        self._changes = {key: value}

    def decide(self, _values: object) -> Changes[None]:
        return Changes(self._changes, None)


class StoreAll(Store):
    """The same for any number of values."""

    def __init__(self, changes: Mapping[bytes, bytes]) -> None:
        self._changes = dict(changes)
