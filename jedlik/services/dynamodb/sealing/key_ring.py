"""The data keys of one table, wrapped by their master keys.

A table gets a key ring when it is encrypted under a KMS key, or when a root key seals the values of
a shared engine. Usually it has one data key. While the table is being re-encrypted it has several,
and values are sealed under any of them; new values are sealed under the last one.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, replace
from typing import Final

import orjson

from jedlik.storage.engine import Value

ROOT: Final = ""
"""As a master: the server's root key, rather than a KMS key."""
STORE: Final = 0
"""The table id of the ring that seals everything without a table: identities, keys and
functions."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """A data key. `master` is the id of the key that wraps it, or ROOT; `wrapped` is base64."""

    number: int
    master: str
    wrapped: str

    @property
    def message(self) -> bytes:
        """The wrapped key itself."""
        return b64decode(self.wrapped)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The key ring of a table, which may have been deleted while records of its streams are left.

    New values are sealed with the data key `sealing`; None leaves them plain. While `changing`,
    older values may differ from that.
    """

    table_id: int
    table_name: str
    keys: tuple[DataKey, ...]
    sealing: int | None
    changing: bool = False

    @property
    def current(self) -> DataKey | None:
        """The data key that seals new values."""
        return next((key for key in self.keys if key.number == self.sealing), None)

    @property
    def seals_all(self) -> bool:
        """Whether every value of the table is sealed."""
        return self.sealing is not None and not self.changing

    @property
    def next_number(self) -> int:
        """A number that no data key of the ring has."""
        return 1 + max((key.number for key in self.keys), default=0)

    def changed_to(self, key: DataKey | None) -> KeyRing:
        """The ring with a new data key for new values, or None to leave them plain."""
        if key is None:
            return replace(self, sealing=None, changing=True)
        return replace(self, keys=(*self.keys, key), sealing=key.number, changing=True)

    def settled(self) -> KeyRing | None:
        """The ring once all values are like new ones; None if it is no longer needed."""
        current = self.current
        return None if current is None else replace(self, keys=(current,), changing=False)


def encode(ring: KeyRing) -> bytes:
    """A key ring as it is stored."""
    return orjson.dumps(ring)


def decode(stored: Value) -> KeyRing | None:
    """A key ring from its record; None if missing."""
    return None if stored is None else decode_ring(stored)


def decode_ring(stored: bytes) -> KeyRing:
    """A key ring from its record. Raises ValueError, TypeError or KeyError if it is not valid."""
    fields = orjson.loads(stored)
    return KeyRing(**{**fields, "keys": tuple(DataKey(**key) for key in fields["keys"])})
