"""What several have together: the nodes of one process open files and memory for requests, clients
memory for answers that they have not read.

A fixed part for each would be little where they are many, and first come first served would have
one, who may be a stranger to the others, shut them all out. So each may have half of what the
others leave: one alone has a half, two have a third each, and some is left for the next one always.
"""

from __future__ import annotations


class SharedLimit:
    """`most` of something, which all have together. Each counts its own, and adds it to `used`."""

    __slots__ = ("most", "used")

    def __init__(self, most: int) -> None:
        self.most = most
        self.used = 0

    @property
    def is_reached(self) -> bool:
        """Whether all is used."""
        return self.used >= self.most

    def share(self, own: int) -> int:
        """How much one may have who has `own` of what is used."""
        return (self.most - self.used + own) // 2
