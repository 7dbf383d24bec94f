"""How a table is read, for `jedlik advise`: what filters drop, and which attributes reads of global
indexes use.

Both are counts with the names of attributes as dimensions, never with values. A client may send any
number of different filters, each of which would be a metric that is kept for long. So a process
distinguishes only the first ones of a table, as long as it runs, and none at all if the recorder
has no room for details.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import orjson

from jedlik.kernel.metrics.recorder import Metrics
from jedlik.services.dynamodb.metering.metric_names import (
    ATTRIBUTES,
    DROPPED_ITEMS,
    FILTER_EQUALS,
    FILTER_READS,
    INDEX,
    INDEX_READS,
    OPERATION,
    READ_INDEX,
    TABLE,
    own_metric,
)

MAX_SHAPES: Final = 20
"""A process distinguishes this many ways to read one table."""
MAX_TABLES: Final = 200
"""It does so for this many tables."""
ANY_ATTRIBUTES: Final = "*"
"""Stands for all attributes, and for more of them than a metric's dimension has room for."""
_MAX_NAMES: Final = 255

Add = Callable[[Any], None]
Names = tuple[str, ...]


class ReadShapes:
    """How one table is read, in one process."""

    __slots__ = ("_adds", "_metrics", "_table")

    def __init__(self, metrics: Metrics, table: str) -> None:
        self._metrics = metrics
        self._table = table
        self._adds: dict[tuple[Any, ...], Add | None] = {}

    def reset(self) -> None:
        """Forget the counters that were looked up, so that they are looked up again."""
        self._adds = dict.fromkeys(self._adds)

    def count_dropped(
        self, operation: str, index: str | None, equals: Names, reads: Names, count: int
    ) -> None:
        """Count items that were read and then dropped by a filter, which compares the attributes
        `equals` with a value by `=`, and uses the attributes `reads`."""
        add = self._adds.get((operation, index, equals, reads))
        if add is None:
            add = self._new_dropped(operation, index, equals, reads)
        if add is not None:
            add(count)

    def _new_dropped(
        self, operation: str, index: str | None, equals: Names, reads: Names
    ) -> Add | None:
        named = _joined(equals), _joined(reads)
        dimensions = {OPERATION: operation, FILTER_EQUALS: named[0], FILTER_READS: named[1]}
        if index is not None:
            dimensions[READ_INDEX] = index
        # Nothing that a process keeps for its whole life may have long names.
        parts = (equals, reads) if ANY_ATTRIBUTES not in named else named
        return self._made((operation, index, *parts), DROPPED_ITEMS, dimensions)

    def count_index_read(self, index: str, selected: Names | None, filtered: Names) -> None:
        """Count a read of a global index that returns the attributes `selected` (None: all) and
        whose filter uses the attributes `filtered`."""
        shape = (index, None, ()) if selected is None else (index, selected, filtered)
        add = self._adds.get(shape)
        if add is None:
            add = self._new_read(index, selected, filtered)
        add(1)

    def _new_read(self, index: str, selected: Names | None, filtered: Names) -> Add:
        wanted = ANY_ATTRIBUTES
        if selected is not None:
            wanted = _joined(sorted({*selected, *filtered}))
        if wanted != ANY_ATTRIBUTES:
            dimensions = {INDEX: index, ATTRIBUTES: wanted}
            add = self._made((index, selected, filtered), INDEX_READS, dimensions)
            if add is not None:
                return add
        # If it is not known which attributes a read needs, it may need all of them.
        return self._any(index)

    def _made(self, shape: tuple[Any, ...], name: str, dimensions: dict[str, str]) -> Add | None:
        known = shape in self._adds or len(self._adds) < MAX_SHAPES
        if not known or not self._metrics.has_room_for_details:
            return None
        named = own_metric(name, **{TABLE: self._table, **dimensions})
        add = self._adds[shape] = self._metrics.distribution(named).add
        return add

    def _any(self, index: str) -> Add:
        dimensions = {TABLE: self._table, INDEX: index, ATTRIBUTES: ANY_ATTRIBUTES}
        add = self._metrics.distribution(own_metric(INDEX_READS, **dimensions)).add
        self._adds[index, None, ()] = add
        return add


def _joined(names: Iterable[str]) -> str:
    """The names of attributes as the value of a dimension: JSON."""
    joined = orjson.dumps(list(names)).decode()
    return joined if len(joined) <= _MAX_NAMES else ANY_ATTRIBUTES


def split_names(dimension: str | None) -> Sequence[str] | None:
    """The names of attributes in the value of a dimension; None if it stands for all of them, for
    more than it has room for, or is nothing that `_joined` made."""
    try:
        names = orjson.loads(dimension or ANY_ATTRIBUTES)
    except orjson.JSONDecodeError:
        return None
    return names if isinstance(names, list) and all(isinstance(n, str) for n in names) else None
