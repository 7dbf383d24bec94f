"""Safe by default: what may be served on an address that others can reach.

On a loopback address anybody who gets through is on this machine already, and asking for
credentials would only be in the way. Anywhere else an open server is an open database: it takes
TLS, and either signed requests or clients that show a certificate.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence

from jedlik.app.listening import is_loopback
from jedlik.app.settings import Settings


class UnsafeSettings(Exception):
    """Settings that would leave the data open; the text says why and what to do about it."""


def check(settings: Settings, sockets: Sequence[socket.socket]) -> None:
    """Raise `UnsafeSettings` unless the server is safe on these sockets or known not to be."""
    if settings.insecure or is_loopback(sockets):
        return
    lacks, remedies = [], []
    if settings.credentials is None and (settings.tls is None or settings.tls.client_ca is None):
        lacks.append("without credentials anybody who reaches it can read and change the data")
        remedies.append("--access-key and --secret-key")
    if settings.tls is None:
        lacks.append("without TLS requests and answers can be read on the way")
        remedies.append("--tls auto (or --tls-cert)")
    if lacks:
        raise UnsafeSettings(
            f"{settings.host} can be reached from other machines, and {', and '.join(lacks)}; "
            f"add {' and '.join(remedies)}, or use --host 127.0.0.1, or accept that with --insecure"
        )
