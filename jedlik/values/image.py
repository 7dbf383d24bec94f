"""An item before or after a write: its stored bytes, decoded only when needed."""

from __future__ import annotations

from typing import Final

from jedlik.base.limits import MAX_ITEM_SIZE
from jedlik.values import stored
from jedlik.values.attribute import Item
from jedlik.values.canonical import ItemTooLarge
from jedlik.values.compare import equal
from jedlik.values.joined_numbers import has_joined

_LIST: Final = b'{"L":'


class Image:
    """One state of an item. Neither the bytes nor the item are ever changed."""

    __slots__ = ("_item", "_joined", "size", "stored")

    def __init__(
        self, stored_bytes: bytes, item: Item | None = None, size: int | None = None
    ) -> None:
        """`item` and `size` are those of the bytes, if already known."""
        self.stored = stored_bytes
        self.size = stored.size_of(stored_bytes) if size is None else size
        """The item's size in bytes, in the service's accounting."""
        self._item = item
        self._joined: Item | None = None

    @classmethod
    def of(cls, item: Item, size: int) -> Image:
        """The image of a canonical item of `size` bytes, which may have `JoinedNumbers`.

        Raises ItemTooLarge if the item is larger than an item may be.
        """
        if size > MAX_ITEM_SIZE:
            raise ItemTooLarge
        image = cls(stored.encode(item, size), None, size)
        image._joined = item
        return image

    @property
    def item(self) -> Item:
        """The item."""
        if self._item is None:
            joined = self._joined
            # Most items have no list, which their bytes say faster than their attributes.
            plain = joined is not None and (_LIST not in self.stored or not has_joined(joined))
            self._item = joined if plain else stored.decode(self.stored)
        assert self._item is not None
        return self._item

    @property
    def joined(self) -> Item:
        """The item with `JoinedNumbers` in place of long lists of numbers, where these are known:
        for code that does not look into lists."""
        if self._joined is None:
            self._joined = self._item or stored.decode_joined(self.stored)
        return self._joined


def same_item(one: Image, other: Image) -> bool:
    """Whether two images are the same item, whatever the order of attributes and sets.

    Most that differ have different sums or lengths, so few have to be decoded.
    """
    if len(one.stored) != len(other.stored) or _sum(one.stored) != _sum(other.stored):
        return False
    left, right = one.item, other.item
    if left.keys() != right.keys():
        return False
    for name, value in left.items():
        different = right[name]
        if value != different and not equal(value, different):
            return False
    return True


def _sum(data: bytes) -> int:
    """The sum of all bytes modulo 255, which does not depend on their order."""
    return int.from_bytes(data, "big") % 255
