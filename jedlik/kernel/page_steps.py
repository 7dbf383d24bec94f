"""Work over many rows, page by page: read a page, decide under lock, remember the cursor.

The rows are written to all the while, and the process may die anywhere. So every page is one commit
that checks under lock that the lease still holds and that nothing which the work depends on has
changed (`PageWork.expects`), decides on the values as they are by then, and moves the cursor to the
page's last key. A page that is done twice has to change nothing the second time, which is for the
work to see to: it leaves alone what is no longer as the page had it, or is there already. One that
is done half was not done.
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
    """How much a page holds at most: its commit keeps writers waiting."""

    rows: int = ROWS_A_STEP
    bytes: int = BYTES_A_STEP


USUAL_PAGE: Final = PageSize()


class PageWork(Protocol):
    """What is done to the rows of some ranges."""

    @property
    def spans(self) -> Sequence[Span]:
        """The ranges, in the order of keys and apart."""
        ...

    @property
    def expects(self) -> Mapping[bytes, Value]:
        """Keys whose values must be these, when a page is read and under lock."""
        ...

    @property
    def cursor_key(self) -> bytes | None:
        """Where the last key that is done is kept; None if rows that are done go."""
        ...

    def page(self, rows: Sequence[Row]) -> PageChange:
        """What to do to the rows of a page."""
        ...


class PageChange(Protocol):
    """One page's change; a pure function of what is there under lock, as a write task's is."""

    @property
    def keys(self) -> Sequence[bytes]:
        """The keys to read under lock, besides lease and expected ones."""
        ...

    def changes(self, values: Sequence[Value]) -> dict[bytes, Value]:
        """What to put and delete, given the values of `keys`."""
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
    """Do the next page; False once there is nothing left, this page included.

    Raises LeaseLost, and CatalogChanged if an expected value is another one.
    """
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
