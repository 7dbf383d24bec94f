"""What a write does to one item: put, delete, update, or only check a condition.

An action is a pure function from the item's image before to its image after; it runs under the
engine's lock, perhaps more than once. A false condition raises ConditionalCheckFailedException.
"""

from __future__ import annotations

from typing import Protocol

from jedlik.base.errors import (
    ConditionalCheckFailedException,
    DuplicateItemException,
    ValidationException,
)
from jedlik.services.dynamodb.expressions.condition import Condition
from jedlik.services.dynamodb.expressions.update import Update
from jedlik.services.dynamodb.items.image import Image
from jedlik.services.dynamodb.items.open_table import OpenTable
from jedlik.values.attribute import AttributeValue, Key
from jedlik.values.canonical import UPDATED_TOO_LARGE
from jedlik.values.nesting import check_nesting
from jedlik.values.sizes import item_size, string_size, value_size


class Action(Protocol):
    """What to do to one item."""

    def apply(self, old: Image | None) -> Image | None:
        """The item afterwards (None: no item), given what it is before."""
        ...


class ConditionGuard:
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

    def __init__(self, image: Image, guard: ConditionGuard) -> None:
        self._image = image
        self._guard = guard

    def apply(self, old: Image | None) -> Image | None:
        self._guard.check(old)
        return self._image


class Insert:
    """Make the item; DuplicateItemException where there is one (PartiQL's INSERT)."""

    __slots__ = ("_image",)

    def __init__(self, image: Image) -> None:
        self._image = image

    def apply(self, old: Image | None) -> Image | None:
        if old is not None:
            raise DuplicateItemException
        return self._image


class Delete:
    """Remove the item, if there is one."""

    __slots__ = ("_guard",)

    def __init__(self, guard: ConditionGuard) -> None:
        self._guard = guard

    def apply(self, old: Image | None) -> Image | None:
        self._guard.check(old)
        return None


class UpdateAction:
    """Change attributes of the item, or make it from its key alone."""

    __slots__ = ("_guard", "_key", "_table", "_update")

    def __init__(
        self, table: OpenTable, key: Key, update: Update | None, guard: ConditionGuard
    ) -> None:
        self._table = table
        self._key = key
        self._update = update
        self._guard = guard

    def apply(self, old: Image | None) -> Image | None:
        self._guard.check(old)
        before = dict(self._key) if old is None else old.item
        update = self._update
        if old is None:
            if update is not None and not update.creates:
                return None
            self._table.check_key_indexable(before)
        if update is None:
            return old or Image.of(before, item_size(before))
        after = update.apply(before)
        self._table.check_updated_index_keys(after, update.attributes)
        size = item_size(before) if old is None else old.size
        # Only what the update touches can have another size or depth; the rest is as it was.
        for name in update.attributes:
            size += _checked_size(name, after.get(name)) - _size(name, before.get(name))
        if not self._table.fits(after, size):
            raise ValidationException(UPDATED_TOO_LARGE)
        return Image.of(after, size)


def _size(name: str, value: AttributeValue | None) -> int:
    return 0 if value is None else string_size(name) + value_size(value)


def _checked_size(name: str, value: AttributeValue | None) -> int:
    if value is not None and ("M" in value or "L" in value):
        check_nesting(value)
    return _size(name, value)


class Check:
    """Leave the item as it is; only its condition counts."""

    __slots__ = ("_guard",)

    def __init__(self, guard: ConditionGuard) -> None:
        self._guard = guard

    def apply(self, old: Image | None) -> Image | None:
        self._guard.check(old)
        return old
