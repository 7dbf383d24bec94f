"""The expiry index of a table with TTL: its items by the time at which they expire.

The problem: finding what has expired by looking at all items costs more the larger the table is.
The idea: an ordered index that is kept in the commit of every write, so that a sweep reads what is
due and nothing else. An item is in it while its TTL attribute is a number that can be a time; it
moves as that changes. Nothing counts its entries, so putting one twice or removing one that is not
there does no harm.

An item has expired when the current time is greater than the attribute's, in seconds since the
epoch. One that says it expired more than five years ago is left alone, and so are items whose
attribute is of another type than number. Developer guide, "Using time to live (TTL) in DynamoDB"
and "Computing Time to Live (TTL)".
"""

from __future__ import annotations

import math
from collections.abc import MutableMapping
from typing import Final

from jedlik.kernel.keyspaces import INDEX_PREFIX_SIZE, TIME_SIZE, expiry_prefix
from jedlik.services.dynamodb.items.image import Image
from jedlik.services.dynamodb.tables.time_to_live import TimeToLive
from jedlik.storage.engine import Value
from jedlik.values.attribute import Item
from jedlik.values.numbers import number

OLDEST: Final = 5 * 365 * 86400
"""Seconds: what expired before that long is not deleted."""

_LONGEST: Final = 18
"""Digits of a time; a larger number never comes to pass."""
_END: Final = 1 << 8 * TIME_SIZE


def expiry_time(item: Item, attribute: str) -> int | None:
    """The second in which an item expires; None where it never does."""
    value = item.get(attribute)
    text = None if value is None else value.get("N")
    if text is None or text[0] == "-":
        return None
    if text.isdigit():
        return int(text) if len(text) <= _LONGEST else None
    whole = text.partition(".")[0]
    return math.ceil(number(text)) if len(whole) <= _LONGEST else None


class OpenExpiry:
    """An expiry index that is kept."""

    __slots__ = ("attribute", "model", "prefix")

    def __init__(self, table_id: int, model: TimeToLive) -> None:
        self.model = model
        self.attribute = model.attribute
        self.prefix = expiry_prefix(table_id, model.id)

    def entry_key(self, image: Image | None, item_key: bytes) -> bytes | None:
        """Where an item's entry is; None where it has none."""
        if image is None:
            return None
        time = expiry_time(image.item, self.attribute)
        if time is None:
            return None
        return self.prefix + time.to_bytes(TIME_SIZE, "big") + item_key[INDEX_PREFIX_SIZE:]

    def write(
        self,
        item_key: bytes,
        old: Image | None,
        new: Image | None,
        changes: MutableMapping[bytes, Value],
    ) -> None:
        """Add to `changes` what follows from `old` becoming `new`."""
        before, after = self.entry_key(old, item_key), self.entry_key(new, item_key)
        if before == after:
            return
        if before is not None:
            changes[before] = None
        if after is not None:
            changes[after] = b""

    def due(self, now: float) -> tuple[bytes, bytes]:
        """The range of the entries of items that have expired at `now` and are to be deleted."""
        oldest = max(0, math.ceil(now - OLDEST))
        return (
            self.prefix + oldest.to_bytes(TIME_SIZE, "big"),
            self.prefix + math.ceil(now).to_bytes(TIME_SIZE, "big"),
        )

    def item_suffix(self, entry_key: bytes) -> bytes:
        """What an entry's item key has behind its table's prefix."""
        return entry_key[len(self.prefix) + TIME_SIZE :]


class Expire:
    """Delete the item if it has expired by `now`: what was read of it may be history."""

    __slots__ = ("_attribute", "_now")

    def __init__(self, attribute: str, now: float) -> None:
        self._attribute = attribute
        self._now = now

    def apply(self, old: Image | None) -> Image | None:
        """See Action."""
        if old is None:
            return None
        time = expiry_time(old.item, self._attribute)
        if time is None or not self._now - OLDEST <= time < self._now:
            return old
        return None


assert 10**_LONGEST <= _END
