"""What a server's clusters are started with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from jedlik.base.limits import MIB

DEFAULT_PORT: Final = 8111
DEFAULT_TLS_PORT: Final = 9111
"""What clients use where an address names none."""
DEFAULT_MEMORY: Final = 256 * MIB
FIRST_CLUSTER: Final = "jedlik"
"""The name of the cluster that a server has from its start."""
FIRST_TLS_CLUSTER: Final = "jedlik-tls"
"""The same of the one that takes encrypted connections, where the server has certificates."""


@dataclass(frozen=True, slots=True)
class DaxSettings:
    """`port` and `tls_port` are of the first clusters; later ones get ports after those, and any
    free one where they are 0. `advertised` is the name and, if it differs, the port that stands for
    `port` outside. `memory` is a node's, in bytes."""

    port: int = DEFAULT_PORT
    tls_port: int = DEFAULT_TLS_PORT
    advertised: tuple[str, int | None] | None = None
    memory: int = DEFAULT_MEMORY
