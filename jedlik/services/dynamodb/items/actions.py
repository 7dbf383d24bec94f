"""What a write does to one item: put, delete, update, or only check a condition.

An action is a pure function from the item's image before to its image after; it runs under the
engine's lock, perhaps more than once. A false condition raises ConditionalCheckFailedException.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import Protocol

import orjson

from jedlik.base.errors import (
    ConditionalCheckFailedException,
    DuplicateItemException,
    ValidationException,
)
from jedlik.base.limits import MAX_ITEM_SIZE
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.expressions.conditions.condition import Condition
from jedlik.services.dynamodb.expressions.updates.update import Update
from jedlik.values.attribute import AttributeValue, Item, Key
from jedlik.values.canonical import UPDATED_TOO_LARGE
from jedlik.values.image import Image
from jedlik.values.nesting import check_nesting
from jedlik.values.sizes import item_size, size_up_to, string_size, value_size
from jedlik.values.stored import wire


class Action(Protocol):
    """What to do to one item."""

    @property
    def reads(self) -> int:
        """How many times it goes through the present item, which may be large; 0 if that takes
        negligible time."""
        ...

    @property
    def makes(self) -> int:
        """How many parts of the request's values it goes through, or makes parts of the item, each
        time that it does; 0 if that takes negligible time."""
        ...

    @property
    def puts(self) -> Image | None:
        """The item afterwards, if it does not depend on the item before; None if it may."""
        ...

    def apply(self, old: Image | None) -> Image | None:
        """The item afterwards (None: no item), given the item before."""
        ...


class ConditionGuard:
    """The condition of a write, and whether its failure shows the item."""

    __slots__ = ("_condition", "_show_item", "makes", "reads")

    def __init__(self, condition: Condition | None, *, show_item: bool = False) -> None:
        self._condition = condition
        self._show_item = show_item
        self.reads = 0 if condition is None else 1 + condition.tests
        """How many times it goes through an item: to decode it, and for each test."""
        self.makes = 0 if condition is None else condition.weight
        """How many parts of the request's values its tests go through."""

    def check(self, old: Image | None) -> None:
        """Raise ConditionalCheckFailedException if the condition is false for `old`."""
        condition = self._condition
        if condition is None:
            return
        item = {} if old is None else old.item if condition.attributes else old.joined
        if not condition.matches(item):
            raise self._failure(old)

    def steps(self, old: Image | None) -> Generator[None, None, None]:
        """The same, a test at a time."""
        condition = self._condition
        if condition is None or not condition.tests:
            self.check(old)
            return
        item = {} if old is None else old.item
        yield
        holds = yield from condition.steps(item)
        if not holds:
            raise self._failure(old)

    def _failure(self, old: Image | None) -> ConditionalCheckFailedException:
        if self._show_item and old is not None:
            # As stored: the errors of a transaction would hold a hundred decoded items together.
            return ConditionalCheckFailedException(Item=orjson.Fragment(wire(old.stored)))
        return ConditionalCheckFailedException()


class Guarded(ABC):
    """An action with a condition, which may be empty."""

    __slots__ = ("guard", "makes", "reads")

    puts: Image | None = None

    def __init__(self, guard: ConditionGuard, reads: int = 0, makes: int = 0) -> None:
        """`reads` is how many times the action goes through the item itself."""
        self.guard = guard
        self.reads = guard.reads + reads
        self.makes = guard.makes + makes

    def apply(self, old: Image | None) -> Image | None:
        """See Action."""
        self.guard.check(old)
        return self.changed(old)

    @abstractmethod
    def changed(self, old: Image | None, /) -> Image | None:
        """The item afterwards, if the condition holds."""


class Put(Guarded):
    """Replace the item."""

    __slots__ = ("puts",)

    def __init__(self, image: Image, guard: ConditionGuard) -> None:
        super().__init__(guard)
        self.puts = image

    def changed(self, _old: Image | None, /) -> Image | None:
        """See Guarded."""
        return self.puts


class Insert:
    """Create the item; DuplicateItemException if it exists (PartiQL's INSERT)."""

    __slots__ = ("puts",)

    makes = reads = 0

    def __init__(self, image: Image) -> None:
        self.puts = image

    def apply(self, old: Image | None) -> Image | None:
        if old is not None:
            raise DuplicateItemException
        return self.puts


class Delete(Guarded):
    """Delete the item, if it exists."""

    __slots__ = ()

    def changed(self, _old: Image | None, /) -> Image | None:
        """See Guarded."""
        return None


class UpdateAction(Guarded):
    """Change attributes of the item, or create it from its key alone."""

    __slots__ = ("_key", "_table", "_update")

    def __init__(
        self, table: OpenTable, key: Key, update: Update | None, guard: ConditionGuard
    ) -> None:
        if update is None:
            super().__init__(guard)
        else:
            super().__init__(guard, update.reads, update.makes)
        self._table = table
        self._key = key
        self._update = update

    def changed(self, old: Image | None, /) -> Image | None:
        """See Guarded."""
        if old is None:
            return self._made()
        if self._update is None:
            return old
        before = old.joined if self._update.replaces else old.item
        return self._updated(self._update, before, old.size)

    def _made(self) -> Image | None:
        """The new item, if there was none."""
        update, key = self._update, dict(self._key)
        if update is not None and not update.creates:
            return None
        self._table.check_key_indexable(key)
        if update is None:
            return Image.of(key, item_size(key))
        return self._updated(update, key, item_size(key))

    def _updated(self, update: Update, before: Item, size: int) -> Image:
        """The item, of `size` bytes before, with the update applied."""
        table = self._table
        after = update.apply(before)
        hopeless = MAX_ITEM_SIZE + size  # an update can only remove what the item had before
        if table.indexes:
            table.check_updated_index_keys(after, update.attributes)
        # Only attributes that the update touches can change in size or depth.
        for name in update.attributes:
            size += _growth(name, before.get(name), after.get(name), hopeless)
            if size > hopeless:  # each of a hundred attributes may be a copy of the whole item
                raise ValidationException(UPDATED_TOO_LARGE)
        if not table.fits(after, size):
            raise ValidationException(UPDATED_TOO_LARGE)
        return Image.of(after, size)


def _growth(
    name: str, was: AttributeValue | None, value: AttributeValue | None, hopeless: int
) -> int:
    """By how many bytes the new value of an attribute makes the item larger; one of more than
    `hopeless` bytes is not measured to its end. Raises ValidationException if the new value is
    nested too deeply."""
    if value is None:
        return 0 if was is None else -(string_size(name) + value_size(was))
    size = size_up_to(value, hopeless)
    if ("M" in value or "L" in value) and size <= hopeless:
        check_nesting(value)
    if was is None:
        return string_size(name) + size
    return size - value_size(was)


class Check(Guarded):
    """Leave the item unchanged; only its condition counts."""

    __slots__ = ()

    def changed(self, old: Image | None, /) -> Image | None:
        """See Guarded."""
        return old
