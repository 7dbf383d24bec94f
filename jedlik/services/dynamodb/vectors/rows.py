"""The vectors of one partition of an index, in memory, as rows of matrices.

They have only what a search needs to find the nearest entries: an entry's vector, its length, its
key, and a hash of 64 bits for each attribute of filters. Results are read from the store, which
also shows whether the row is still up to date (see `search`).

Rows have no gaps: the last one is moved to the place of a deleted one, so no compaction is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import ModuleType
from typing import Any, Final, NamedTuple

from jedlik.services.dynamodb.vectors import sketches
from jedlik.services.dynamodb.vectors.blocks import RowBlocks, rows_of_block
from jedlik.services.dynamodb.vectors.conditions import SearchTerm
from jedlik.services.dynamodb.vectors.sketches import SKETCH_SIZE, Sketches
from jedlik.values.attribute import AttributeValue
from jedlik.values.floats import FLOAT_SIZE, is_ordinary
from jedlik.values.keybytes import partition_hash

_BYTES_A_KEY: Final = 190
"""The size of a row without its numbers: the key's bytes object, its place in a list, and its entry
in a dict with the row's number (measured, CPython 3.11)."""
_SAME_LENGTH: Final = 1.001
"""Lengths whose ratio is not greater than this are nearly the same."""
_HASHED: Final = 8
_MISSING: Final = 0


class HeldEntry(NamedTuple):
    """An entry in memory: its key after the prefix of the partition, its vector as packed floats,
    and its filters (see `filter_codes`)."""

    key: bytes
    vector: bytes
    filters: tuple[int, ...]


def filter_code(value: AttributeValue | None) -> int:
    """A 64-bit hash of a canonical value; very rarely two values have the same."""
    if value is None:
        return _MISSING
    return int.from_bytes(partition_hash((value,))[:_HASHED], "little", signed=True) or 1


def filter_codes(names: Iterable[str], attributes: Mapping[str, AttributeValue]) -> tuple[int, ...]:
    """The filters of an entry with these attributes."""
    return tuple(filter_code(attributes.get(name)) for name in names)


class VectorRows:
    """The rows of one partition. `numpy` is passed in; `filters` are the names of the index's
    INLINE_FILTER attributes."""

    def __init__(self, numpy: ModuleType, dimensions: int, filters: Sequence[str]) -> None:
        self.numpy: Any = numpy
        self.dimensions = dimensions
        self.keys: list[bytes] = []
        block_rows = rows_of_block(FLOAT_SIZE * dimensions)
        self.vectors = RowBlocks(numpy, dimensions, "<f4", block_rows)
        self.moves = 0
        """How often a row was deleted, so that another may have moved to its place."""
        self.is_ordinary = True
        """Whether 32-bit products of all rows neither underflow nor overflow."""
        self._shortest, self._longest = float("inf"), 0.0
        """The range of the lengths of all rows."""
        self.sketches: Sketches | None = None
        """The bits of a large partition."""
        self._filters = tuple(filters)
        self._places: dict[bytes, int] = {}
        self._lengths = RowBlocks(numpy, 1, "<f4", block_rows)
        self._codes = RowBlocks(numpy, max(1, len(filters)), "<i8", block_rows)

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def row_size(self) -> int:
        """Bytes that a row occupies in total."""
        own = FLOAT_SIZE * (self.dimensions + 1) + _HASHED * len(self._filters) + _BYTES_A_KEY
        return own + SKETCH_SIZE if len(self) > sketches.EXACT_ROWS else own

    def lengths(self, number: int) -> Any:
        """The lengths of the vectors of a block: the roots of the sums of their squares."""
        return self._lengths.block(number)[:, 0]

    @property
    def same_length(self) -> float | None:
        """The greatest length of a row, if all have nearly the same."""
        return self._longest if self._longest <= _SAME_LENGTH * self._shortest else None

    def packed(self, place: int) -> bytes:
        """The vector of a row, as an entry has it."""
        packed: bytes = self.vectors.row(place).tobytes()
        return packed

    def mask(self, terms: Iterable[SearchTerm], number: int) -> Any:
        """Which rows of a block of vectors have all of `terms`; None for all of them."""
        found = None
        for term in terms:
            codes = self._codes.block(number)
            same = codes[:, self._filters.index(term.attribute)] == filter_code(term.value)
            found = same if found is None else found & same
        return found

    # --- Changes ----------------------------------------------------------------------------------

    def put(self, entries: Sequence[HeldEntry]) -> None:
        """Add entries, of different keys, or replace those of the same keys."""
        if not entries:
            return
        numpy = self.numpy
        vectors = numpy.frombuffer(b"".join([entry.vector for entry in entries]), dtype="<f4")
        vectors = vectors.reshape(len(entries), self.dimensions)
        lengths = self._lengths_of(vectors)
        codes = numpy.array([entry.filters or (0,) for entry in entries], dtype="<i8")
        parts = ((self.vectors, vectors), (self._lengths, lengths), (self._codes, codes))
        new = []
        for at, entry in enumerate(entries):
            place = self._places.get(entry.key)
            if place is None:
                self._places[entry.key] = len(self.keys)
                self.keys.append(entry.key)
                new.append(at)
            else:
                for values, rows in parts:
                    values.set(place, rows[at])
                self._changed(place)
        if new:
            for values, rows in parts:
                values.extend(rows if len(new) == len(rows) else rows[new])

    def delete(self, key: bytes) -> None:
        """Remove an entry, if it exists."""
        place = self._places.pop(key, None)
        if place is None:
            return
        last = self.keys.pop()
        end = len(self.keys)
        for values in (self.vectors, self._lengths, self._codes):
            if place != end:
                values.set(place, values.row(end))
            values.cut()
        if self.sketches is not None:
            self.sketches.cut(end)
        if place != end:
            self.keys[place] = last
            self._places[last] = place
            self._changed(place)
        self.moves += 1

    def _changed(self, place: int) -> None:
        if self.sketches is not None:
            self.sketches.note_change(place)

    def _lengths_of(self, vectors: Any) -> Any:
        numpy = self.numpy
        wide = vectors.astype(numpy.float64)
        lengths = numpy.sqrt(numpy.einsum("ij,ij->i", wide, wide))
        if not is_ordinary(lengths).all():
            self.is_ordinary = False
        self._shortest = min(self._shortest, float(lengths.min()))
        self._longest = max(self._longest, float(lengths.max()))
        return numpy.minimum(lengths, numpy.finfo(numpy.float32).max)[:, None]
