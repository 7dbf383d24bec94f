"""The settings of a server's clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from jedlik.base.limits import MIB

DEFAULT_PORT: Final = 8111
DEFAULT_TLS_PORT: Final = 9111
"""The ports that clients use if an address has none."""
DEFAULT_MEMORY: Final = 256 * MIB
FIRST_CLUSTER: Final = "jedlik"
"""The name of the cluster that every server has from the start."""
FIRST_TLS_CLUSTER: Final = "jedlik-tls"
"""The same for encrypted connections, if the server has certificates."""


@dataclass(frozen=True, slots=True)
class DaxSettings:
    """`port` and `tls_port` are those of the first clusters; later ones get the following ports, or
    any free one if these are 0. `advertised` is the name and, if it differs, the port under which
    clients outside reach `port`. `memory` is a node's, in bytes."""

    port: int = DEFAULT_PORT
    tls_port: int = DEFAULT_TLS_PORT
    advertised: tuple[str, int | None] | None = None
    memory: int = DEFAULT_MEMORY

    def advertised_for(self, port: int) -> tuple[str, int] | None:
        """The name and port under which clients outside reach a port of this server; None if
        nothing is advertised. The distance between ports is the same outside as here."""
        if self.advertised is None:
            return None
        host, first = self.advertised
        return host, port if first is None else first + port - self.port
