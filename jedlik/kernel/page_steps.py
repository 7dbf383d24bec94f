"""Work over many rows, page by page: read a page, decide under lock, remember the cursor.

Meanwhile the rows may be written to, and the process may die at any point. So every page is one
commit that checks under lock that the lease still holds and that the work's preconditions are
unchanged (`PageWork.expects`), decides on the present values, and moves the cursor to the page's
last key. A page that is done twice must change nothing the second time. The work ensures that: it
skips rows that have changed since the page was read, and results that exist already. A page is
never done in part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.leases import Lease
from jedlik.storage.engine import Changes, Engine, Row, Value

ROWS_A_STEP: Final = 64
BYTES_A_STEP: Final = 64 * 1024

Span = tuple[bytes, bytes | None]
"""A range of keys; None for no upper end."""


class PageSize(NamedTuple):
    """The limits of a page: its commit keeps writers waiting."""

    rows: int = ROWS_A_STEP
    bytes: int = BYTES_A_STEP


USUAL_PAGE: Final = PageSize()


class PageWork(Protocol):
    """Work on the rows of some ranges."""

    @property
    def spans(self) -> Sequence[Span]:
        """The ranges, in the order of keys, without overlap."""
        ...

    @property
    def expects(self) -> Mapping[bytes, Value]:
        """Keys whose values must be these, when a page is read and under lock."""
        ...

    @property
    def cursor_key(self) -> bytes | None:
        """The key under which the last processed key is stored; None if processed rows are
        deleted."""
        ...

    def page(self, rows: Sequence[Row]) -> PageChange:
        """The change of a page's rows."""
        ...


class PageChange(Protocol):
    """A page's change: a pure function of values read under lock, like a write task's."""

    @property
    def keys(self) -> Sequence[bytes]:
        """The keys to read under lock, besides lease and expected ones."""
        ...

    def changes(self, values: Sequence[Value]) -> dict[bytes, Value]:
        """The changes, given the values of `keys`."""
        ...


class DeleteRows:
    """A page's change that deletes its rows."""

    keys: Sequence[bytes] = ()

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def changes(self, _values: Sequence[Value]) -> dict[bytes, Value]:
        """See PageChange."""
        return dict.fromkeys(key for key, _ in self._rows)


class _PageCommit:
    """The write task of one page."""

    def __init__(
        self, lease: Lease, expects: Mapping[bytes, Value], change: PageChange,
        cursor: Mapping[bytes, Value],
    ) -> None:  # fmt: skip
        self._lease = lease
        self._expected = list(expects.values())
        self._change = change
        self._cursor = cursor
        self.keys = (lease.key, *expects, *change.keys)

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        lease, *rest = values
        count = len(self._expected)
        if list(rest[:count]) != self._expected:
            raise CatalogChanged
        self._lease.check(lease)
        return Changes({**self._change.changes(rest[count:]), **self._cursor}, None)


async def page_step(
    engine: Engine, lease: Lease, work: PageWork, size: PageSize = USUAL_PAGE
) -> bool:
    """Do the next page; returns whether there are more. Raises LeaseLost, and CatalogChanged if an
    expected value has changed."""
    expects, cursor_key = work.expects, work.cursor_key
    after = b""
    if cursor_key is not None:
        (done,) = await engine.read((cursor_key,))
        after = b"" if done is None else done + b"\x00"
    spans = [(max(low, after), high) for low, high in work.spans if high is None or high > after]
    for place, (low, high) in enumerate(spans, 1):
        page = await engine.range(
            low, high, limit=size.rows, max_bytes=size.bytes, also_read=tuple(expects)
        )
        if page.also_read != list(expects.values()):
            raise CatalogChanged
        if page.rows:
            cursor = {} if cursor_key is None else {cursor_key: page.rows[-1][0]}
            commit = _PageCommit(lease, expects, work.page(page.rows), cursor)
            await engine.write(commit)
            return page.more or place < len(spans)
    return False
