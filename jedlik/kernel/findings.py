"""Findings of `jedlik verify`: how walks over keyspaces report problems."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from jedlik.storage.engine import Row

Report = Callable[[str, str], None]
"""Called with a place and its problem."""


class KeyspaceWalk(Protocol):
    """Checks all rows of a keyspace, page by page in key order, and reports problems."""

    def rows(self, rows: Sequence[Row]) -> None:
        """Check the next rows."""
        ...

    def end(self) -> None:
        """Compare the rows seen; to be called after the last one."""
        ...
