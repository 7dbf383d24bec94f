"""Writing to a connection so that what the client has not read yet is counted.

A TLS transport encrypts everything at once and hands it to the transport below, where it is no
longer counted. Only when that transport is full does the TLS transport keep data back, count it and
pause the protocol. So long data is written in pieces: then all unread data counts, except for the
first piece.
"""

from __future__ import annotations

import asyncio
from typing import Final

from jedlik.base.limits import KIB

PIECE: Final = 128 * KIB
"""More than the 64 KiB at which the transport below counts as full."""


def retained_with(transport: asyncio.Transport, retained: int, size: int) -> int:
    """The bytes of long data that a transport may hold once it is given `size` more: uvloop holds
    all of a write until its last byte is sent, but counts only what the kernel has not taken."""
    return retained + size if transport.get_write_buffer_size() else size


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
