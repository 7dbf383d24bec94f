"""What a write does to one item: put, delete, update, or only check a condition.

An action is a pure function from the item's image before to its image after; it runs under the
engine's lock, perhaps more than once. A false condition raises ConditionalCheckFailedException.
"""

from __future__ import annotations

from typing import Protocol

from jedlik.base.errors import ConditionalCheckFailedException, ValidationException
from jedlik.base.limits import MAX_ITEM_SIZE
from jedlik.database.image import Image
from jedlik.database.open_table import OpenTable
from jedlik.expressions.condition import Condition
from jedlik.expressions.update import Update
from jedlik.values.attribute import Item, Key
from jedlik.values.nesting import check_nesting
from jedlik.values.sizes import item_size

_UPDATED_TOO_LARGE = "Item size to update has exceeded the maximum allowed size"


class Action(Protocol):
    """What to do to one item."""

    def apply(self, old: Image | None) -> Image | None:
        """The item afterwards (None: no item), given what it is before."""
        ...


class Guard:
    """The condition of a write, and whether its failure shows the item."""

    __slots__ = ("_condition", "_show_item")

    def __init__(self, condition: Condition | None, *, show_item: bool = False) -> None:
        self._condition = condition
        self._show_item = show_item

    def check(self, old: Image | None) -> None:
        """Raise ConditionalCheckFailedException where the condition is false for `old`."""
        condition = self._condition
        if condition is None or condition.matches({} if old is None else old.item):
            return
        if self._show_item and old is not None:
            raise ConditionalCheckFailedException(Item=old.item)
        raise ConditionalCheckFailedException


class Put:
    """Replace the item."""

    __slots__ = ("_guard", "_image")

    def __init__(self, image: Image, guard: Guard) -> None:
        self._image = image
        self._guard = guard

    def apply(self, old: Image | None) -> Image | None:
        self._guard.check(old)
        return self._image


class Delete:
    """Remove the item, if there is one."""

    __slots__ = ("_guard",)

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def apply(self, old: Image | None) -> Image | None:
        self._guard.check(old)
        return None


class Change:
    """Change attributes of the item, or make it from its key alone."""

    __slots__ = ("_guard", "_key", "_table", "_update")

    def __init__(self, table: OpenTable, key: Key, update: Update | None, guard: Guard) -> None:
        self._table = table
        self._key = key
        self._update = update
        self._guard = guard

    def apply(self, old: Image | None) -> Image | None:
        self._guard.check(old)
        before = dict(self._key) if old is None else old.item
        after = before if self._update is None else self._update.apply(before)
        if old is not None and after is before:
            return old
        return self._image(after)

    def _image(self, item: Item) -> Image:
        self._table.check_index_keys(item)
        check_nesting(item)
        size = item_size(item)
        if size > MAX_ITEM_SIZE:
            raise ValidationException(_UPDATED_TOO_LARGE)
        return Image.of(item, size)


class Check:
    """Leave the item as it is; only its condition counts."""

    __slots__ = ("_guard",)

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def apply(self, old: Image | None) -> Image | None:
        self._guard.check(old)
        return old
