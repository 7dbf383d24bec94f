"""What the nodes of one process have together: open files, and memory for requests.

As many clusters as the control plane allows may listen in one process, so what each may take on
its own, all together could take from the rest of the server. A fixed part for each would be little
where clusters are many, and first come first served would have the clients of one cluster, who may
be strangers to the others, shut them all. So a node may have half of what the others leave: one
alone has a half, two have a third each, and some is left for the next one always.
"""

from __future__ import annotations


class SharedLimit:
    """`most` of something, which all nodes have together. Each counts its own."""

    __slots__ = ("most", "used")

    def __init__(self, most: int) -> None:
        self.most = most
        self.used = 0

    @property
    def is_reached(self) -> bool:
        """Whether all is used."""
        return self.used >= self.most

    def share(self, own: int) -> int:
        """How many a node may have that has `own` of those used."""
        return (self.most - self.used + own) // 2
