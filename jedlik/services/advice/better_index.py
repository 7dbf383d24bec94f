"""Which index would have made a filter unnecessary.

A Scan's filter compares attributes with values: an index with one of them as its partition key
finds the same by a Query. A Query already has its partition key's value, so the attributes of its
filter belong in the sort key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from jedlik.services.advice.traffic import Dropped
from jedlik.services.dynamodb.tables.key_schema import KeySchema
from jedlik.services.dynamodb.tables.model import Table


class _Source(NamedTuple):
    """The table, or an index of it, that a read can name."""

    index_name: str | None
    schema: KeySchema
    local: bool

    @property
    def partition(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.schema.partition)

    @property
    def sort(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.schema.sort)

    def title(self) -> str:
        """Its name in a sentence."""
        return "the table" if self.index_name is None else f"the index {self.index_name}"


def better_read(table: Table, dropped: Dropped) -> str:
    """The alternative to a read whose filter drops so much."""
    sources = list(_sources(table))
    used = next((each for each in sources if each.index_name == dropped.index_name), sources[0])
    if dropped.operation == "Query":
        return _instead_of_query(sources, used, dropped)
    return _instead_of_scan(sources, used, dropped)


def _sources(table: Table) -> Iterator[_Source]:
    yield _Source(None, table.schema, False)
    for index in table.indexes:
        yield _Source(index.name, index.schema, index.local)


def _instead_of_scan(sources: Sequence[_Source], used: _Source, dropped: Dropped) -> str:
    equals, reads = set(dropped.equals), set(dropped.reads)
    serving = [each for each in sources if equals.issuperset(each.partition)]
    # One that narrows further by its sort key comes first, and the table before its indexes.
    serving.sort(key=lambda each: not reads.intersection(each.sort))
    if serving:
        found = serving[0]
        verb = "Query" if found is not used else "Do not Scan, but Query"
        return (
            f"{verb} {found.title()}: the filter asks for its partition key "
            f"{_names(found.partition)}{_sorted_too(found, reads)}."
        )
    if not dropped.equals:
        return _without_equality(dropped)
    partition = dropped.equals[0]
    others = [name for name in (*dropped.equals[1:], *dropped.reads) if name != partition]
    sort = f" and the sort key {others[0]}" if others else ""
    return f"Add a global index with the partition key {partition}{sort}, and Query that."


def _sorted_too(found: _Source, reads: set[str]) -> str:
    sort = [name for name in found.sort if name in reads]
    return f"; {_names(sort)} can be in the key condition too" if sort else ""


def _without_equality(dropped: Dropped) -> str:
    if not dropped.reads:
        return (
            "Query instead, by the table's key or by a global index whose key is what the reads "
            "filter by."
        )
    return (
        f"No index finds by {_names(dropped.reads)} alone: write an attribute that such reads can "
        "ask one value of (a type, a day), and add a global index with it as partition key and "
        f"{dropped.reads[0]} as sort key."
    )


def _instead_of_query(sources: Sequence[_Source], used: _Source, dropped: Dropped) -> str:
    reads = [name for name in (*dropped.equals, *dropped.reads) if name not in used.partition]
    known = {*used.partition, *dropped.equals}
    for each in sources:
        narrows = {*each.partition, *each.sort}.intersection(reads)
        if each is not used and narrows and known.issuperset(each.partition):
            return (
                f"Query {each.title()}, which has {_names(sorted(narrows))} in its key, if it "
                "projects what is read."
            )
    if not reads:
        return "Move what they filter by into the sort key, of the table or of an index."
    partition = _names(used.partition)
    return (
        f"Add a global index with the partition key {partition} and the sort key {reads[0]}, and "
        "Query that."
    )


def _names(names: Sequence[str]) -> str:
    return " and ".join(names)
