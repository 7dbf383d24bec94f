"""What `jedlik verify` says of a store: how a walk over a keyspace reports what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from jedlik.storage.engine import Row

Report = Callable[[str, str], None]
"""Called with a place and the problem there."""


class KeyspaceWalk(Protocol):
    """Looks at all rows of a keyspace, page by page in key order, and reports what is wrong."""

    def rows(self, rows: Sequence[Row]) -> None:
        """Look at the next rows."""
        ...

    def end(self) -> None:
        """There are no more: compare what was seen."""
        ...
