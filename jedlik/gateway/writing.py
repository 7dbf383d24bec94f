"""Writing to a connection so that it can be seen what of it the client has not read.

A TLS transport encrypts what it is given and hands all of it to the transport below, where it is
not counted any more; only once that one has had enough, what comes then is kept back, counted, and
makes the protocol pause. So long data is given to it in pieces: of what is not read all but the
first piece counts.
"""

from __future__ import annotations

import asyncio
from typing import Final

from jedlik.base.limits import KIB

PIECE: Final = 128 * KIB
"""Above the 64 KiB from which the transport below has had enough."""


def write_counted(transport: asyncio.Transport, data: bytes, *, secure: bool) -> None:
    """Write data; `secure` says that the transport encrypts it."""
    if not secure or len(data) <= PIECE:
        transport.write(data)
        return
    view = memoryview(data)
    for start in range(0, len(data), PIECE):
        if transport.is_closing():
            return
        transport.write(view[start : start + PIECE])
