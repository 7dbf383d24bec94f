"""An item as it is before or after a write: its stored bytes, decoded only when somebody looks."""

from __future__ import annotations

from jedlik.base.limits import MAX_ITEM_SIZE
from jedlik.values import stored
from jedlik.values.attribute import Item
from jedlik.values.canonical import ItemTooLarge


class Image:
    """One state of an item. Neither the bytes nor the item are ever changed."""

    __slots__ = ("_item", "size", "stored")

    def __init__(
        self, stored_bytes: bytes, item: Item | None = None, size: int | None = None
    ) -> None:
        """`item` and `size` are what the bytes say, where that is known already."""
        self.stored = stored_bytes
        self.size = stored.size_of(stored_bytes) if size is None else size
        """The item's size in bytes, in the service's accounting."""
        self._item = item

    @classmethod
    def of(cls, item: Item, size: int) -> Image:
        """The image of a canonical item of `size` bytes.

        Raises ItemTooLarge where the item is larger than an item may be.
        """
        if size > MAX_ITEM_SIZE:
            raise ItemTooLarge
        return cls(stored.encode(item, size), item, size)

    @property
    def item(self) -> Item:
        """The item."""
        if self._item is None:
            self._item = stored.decode(self.stored)
        return self._item
