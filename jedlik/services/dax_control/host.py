"""The runner of a server's clusters, as the control API sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClusterHost:
    """`runs`: whether this server runs clusters at all. `refusal` is the reason if it runs no
    encrypted, or no unencrypted, clusters. `address` returns the name and port for clients, from a
    cluster's port; `changed` is called when the control plane has changed."""

    runs: bool
    refusal: Callable[[bool], str | None]
    address: Callable[[int], tuple[str, int]]
    changed: Callable[[], None]
