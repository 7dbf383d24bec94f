"""A matrix that grows row by row, in blocks.

One array that doubles would occupy three times the memory it needs while it is copied, and up to
twice as much afterwards. So the rows are kept in blocks: the first one grows by doubling, since a
table may have very many partitions of a few vectors; once it has its full size, further blocks
follow. At most the end of the last block is empty.
"""

from __future__ import annotations

from itertools import pairwise
from types import ModuleType
from typing import Any, Final

_BLOCK_BYTES: Final = 32 * 1024 * 1024
"""Scoring one takes a few milliseconds."""
_MAX_ROWS: Final = 1 << 16
_FIRST_ROWS: Final = 4
_MAX_FILLED: Final = 64
"""Up to this many rows of a block get their memory immediately, whether they are written or not."""


def rows_of_block(row_size: int) -> int:
    """The number of rows, of this many bytes each, in a full block: a power of two."""
    return 1 << max(4, min(_BLOCK_BYTES // row_size, _MAX_ROWS).bit_length() - 1)


class RowBlocks:
    """Rows of `columns` numbers of a numpy type, `block_rows` in a full block. Arrays that it
    returns must not be kept across changes."""

    def __init__(self, numpy: ModuleType, columns: int, kind: str, block_rows: int) -> None:
        self._numpy: Any = numpy
        self.columns = columns
        self._kind = kind
        self.block_rows = block_rows
        self._blocks = [self._empty(_FIRST_ROWS)]
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    @property
    def count(self) -> int:
        """How many blocks have rows."""
        return -(-self._rows // self.block_rows)

    @property
    def room(self) -> int:
        """Rows for which memory is used: in large blocks, those that were written."""
        first = len(self._blocks[0])
        return first if first <= _MAX_FILLED else max(self._rows, _MAX_FILLED)

    def block(self, number: int) -> Any:
        """The rows of one block."""
        return self._blocks[number][: self._rows - number * self.block_rows]

    def row(self, place: int) -> Any:
        """One row."""
        return self._blocks[place // self.block_rows][place % self.block_rows]

    def take(self, places: Any) -> Any:
        """A copy of rows, by ascending places."""
        numpy = self._numpy
        taken = numpy.empty((len(places), self.columns), dtype=self._kind)
        ends = numpy.searchsorted(places, numpy.arange(self.count + 1) * self.block_rows)
        for number, (low, high) in enumerate(pairwise(ends.tolist())):
            if low < high:
                of_block = places[low:high] - number * self.block_rows
                self._blocks[number].take(of_block, axis=0, out=taken[low:high], mode="clip")
        return taken

    # --- Changes ----------------------------------------------------------------------------------

    def extend(self, rows: Any) -> None:
        """Add rows at the end."""
        while len(rows):
            number, at = divmod(self._rows, self.block_rows)
            block = self._roomy(number, min(at + len(rows), self.block_rows))
            fitting = min(len(rows), self.block_rows - at)
            block[at : at + fitting] = rows[:fitting]
            self._rows += fitting
            rows = rows[fitting:]

    def set(self, place: int, row: Any) -> None:
        """Replace one row."""
        self.row(place)[:] = row

    def cut(self) -> None:
        """Remove the last row."""
        self._rows -= 1
        number = self._rows // self.block_rows
        while len(self._blocks) > number + 1:
            self._blocks.pop()
        only = self._blocks[0]
        if number == 0 and len(only) > 4 * max(self._rows, _FIRST_ROWS):
            self._blocks[0] = self._resized(only, len(only) // 2)

    def _roomy(self, number: int, rows: int) -> Any:
        """The block of that number, with room for this many rows."""
        if number:
            if number == len(self._blocks):
                self._blocks.append(self._empty(self.block_rows))
            return self._blocks[number]
        size = len(self._blocks[0])
        if size < rows:
            while size < rows:
                size *= 2
            self._blocks[0] = self._resized(self._blocks[0], size)
        return self._blocks[0]

    def _resized(self, block: Any, size: int) -> Any:
        changed = self._empty(size)
        kept = min(len(block), size, self._rows)
        changed[:kept] = block[:kept]
        return changed

    def _empty(self, rows: int) -> Any:
        return self._numpy.empty((rows, self.columns), dtype=self._kind)
