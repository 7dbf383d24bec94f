"""What runs the clusters of a server, as the control API sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClusterHost:
    """`runs`: whether this server runs clusters at all. `refusal` says why it runs none that are
    encrypted, or none that are not, if so. `address` gives, for a cluster's port, the name and port
    that clients are given; `changed` is called when the control plane has changed."""

    runs: bool
    refusal: Callable[[bool], str | None]
    address: Callable[[int], tuple[str, int]]
    changed: Callable[[], None]
