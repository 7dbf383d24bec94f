"""Very many requests that come together.

A transport may have 256 KiB at once, which are two thousand of the shortest requests, and that 32
times before it turns to other connections. Just to refuse them takes half a second: a few clients
without credentials would keep all others waiting for many seconds. So such data is received in
portions, between which other connections have their turn.
"""

from __future__ import annotations

from typing import Final

A_TURN: Final = 8 * 1024
"""Bytes that are received at a time: about fifty of the shortest requests, which take less than a
millisecond."""
_REQUEST_LINE: Final = b" HTTP/1."
_FEW: Final = 32
"""Requests that may come together in any case."""


def are_many(data: bytes) -> bool:
    """Whether data may have many requests; so may a body that looks like them."""
    return data.count(_REQUEST_LINE) > _FEW
