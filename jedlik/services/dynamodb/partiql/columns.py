"""The result of SELECT for an item: columns, each named after the last name of its path.

`SELECT Devices.FireStick.DateWatched[0]` gives an attribute `DateWatched[0]`; a projection
expression would keep the enclosing maps and lists. Paths that match nothing give no attribute.
"""

from __future__ import annotations

from collections.abc import Sequence

from jedlik.services.dynamodb.expressions.paths import getter
from jedlik.services.dynamodb.partiql.statements import Column
from jedlik.values.attribute import Item


class Columns:
    """Applies the columns of a SELECT; `top_level` are the attributes they read, in order."""

    __slots__ = ("_columns", "_plain", "top_level")

    def __init__(self, columns: Sequence[Column]) -> None:
        self.top_level = tuple(dict.fromkeys(str(column.parts[0]) for column in columns))
        self._plain = tuple(column.name for column in columns if column.parts == (column.name,))
        self._columns = tuple((column.name, getter(column.parts)) for column in columns)
        if len(self._plain) == len(columns):
            self._columns = ()

    def apply(self, item: Item) -> Item:
        """A new item with the columns; the values are shared."""
        if not self._columns:
            return {name: item[name] for name in self._plain if name in item}
        shown: Item = {}
        for name, get in self._columns:
            value = get(item, {})
            if value is not None:
                shown[name] = value
        return shown
