"""How a table is read, for advice: what its filters drop, and which attributes reads of its global
indexes use.

Both are counts with the names of attributes as dimensions, never with values. A client may send any
number of different filters, each of which would be a metric that is kept for long. So a process
distinguishes only the first ones of a table, as long as it runs, and none if there is no room for
details.
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
"""Ways to read one table that a process distinguishes."""
MAX_TABLES: Final = 200
"""Tables for which it does so."""
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
        """Look up again what is looked up once."""
        self._adds = dict.fromkeys(self._adds)

    def count_dropped(
        self, operation: str, index: str | None, equals: Names, reads: Names, count: int
    ) -> None:
        """Count items that a filter dropped after they were read; it wants the attributes `equals`
        to equal a value, and reads the attributes `reads`."""
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
        """Count a read of a global index of which the attributes `selected` are wanted (None: all)
        and `filtered` looked at."""
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
        # One of which it is not known what it wants may want everything.
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
    """The names of attributes as a dimension has them: as JSON."""
    joined = orjson.dumps(list(names)).decode()
    return joined if len(joined) <= _MAX_NAMES else ANY_ATTRIBUTES


def split_names(dimension: str | None) -> Sequence[str] | None:
    """The names of attributes in a dimension; None for all, or more than it has room for, and for
    what no reader of tables has written."""
    try:
        names = orjson.loads(dimension or ANY_ATTRIBUTES)
    except orjson.JSONDecodeError:
        return None
    return names if isinstance(names, list) and all(isinstance(n, str) for n in names) else None
