"""An alias of a key, as it is stored.

    offset 0    16  id of its key
           16    8  when the alias was made, in milliseconds since the epoch
           24    8  when it was given this key, in the same unit

Numbers are big-endian; 0 means that a time is not known. Aliases of earlier versions have only the
id.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple
from uuid import UUID

_ID_SIZE: Final = 16
_TIMES: Final = struct.Struct(">QQ")


class Alias(NamedTuple):
    """The id of an alias's key, when the alias was made, and when it was given this key, in seconds
    since the epoch; None if that is not known."""

    target: str
    created: float | None = None
    updated: float | None = None

    def encoded(self) -> bytes:
        """The alias as it is stored."""
        times = [round(1000 * (each or 0)) for each in (self.created, self.updated)]
        return UUID(self.target).bytes + _TIMES.pack(*times)


def alias_from(stored: bytes) -> Alias:
    """An alias from its record. Raises ValueError if it cannot be read."""
    key_id, times = stored[:_ID_SIZE], stored[_ID_SIZE:]
    if times and len(times) != _TIMES.size:
        raise ValueError("an alias has times of a wrong size")
    known = [each / 1000 if each else None for each in _TIMES.unpack(times)] if times else ()
    return Alias(str(UUID(bytes=key_id)), *known)
