"""A limit shared by several users: by the nodes of one process, for open files and memory for
requests; by clients, for memory for answers that they have not read.

A fixed share would be too small with many users, and first come, first served would let one of them
shut out all others. So each may have half of what the others leave: one alone gets half, two get a
third each, and something is always left for the next.
"""

from __future__ import annotations


class SharedLimit:
    """At most `most` for all users together; each counts its own part, and adds it to `used`."""

    __slots__ = ("most", "used")

    def __init__(self, most: int) -> None:
        self.most = most
        self.used = 0

    @property
    def is_reached(self) -> bool:
        """Whether nothing is left."""
        return self.used >= self.most

    def share(self, own: int) -> int:
        """How much a user may have whose part of `used` is `own`."""
        return (self.most - self.used + own) // 2
