"""Content codings of answers: which to use, and gzip and deflate applied.

Those of requests are undone in `gateway.content`, once their sender is known.
"""

from __future__ import annotations

import concurrent.futures
import zlib
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

# zlib's window bits: 15, and 16 more for gzip's framing.
_GZIP: Final = 31
_DEFLATE: Final = 15

_LEVEL: Final = 1
"""Short bodies are compressed on the event loop: level 1 gives most of the gain at a third of the
time."""

_MAX_ACCEPTED: Final = 512
"""No client lists so many codings; what is kept, and read, is bounded."""


def preferred(accept_encoding: bytes) -> bytes | None:
    """The coding to answer with, of what an `Accept-Encoding` header allows; None is identity."""
    return _preferred(accept_encoding) if len(accept_encoding) <= _MAX_ACCEPTED else None


@lru_cache(maxsize=256)
def _preferred(accept_encoding: bytes) -> bytes | None:
    weights: dict[bytes, float] = {}
    for part in accept_encoding.lower().split(b","):
        name, _, parameter = part.partition(b";")
        key, _, weight = parameter.partition(b"=")
        try:
            weights[name.strip()] = float(weight) if key.strip() == b"q" else 1.0
        except ValueError:
            weights[name.strip()] = 0.0
    anything = weights.get(b"*", 0.0)
    gzip = weights.get(b"gzip", anything)
    deflate = weights.get(b"deflate", anything)
    if max(gzip, deflate) <= 0 or max(gzip, deflate) < weights.get(b"identity", 0.0):
        return None
    if gzip != deflate:
        return b"gzip" if gzip > deflate else b"deflate"
    # Of two that are as welcome the service takes the one that comes first.
    return next((name for name in weights if name in (b"gzip", b"deflate")), b"gzip")


def encode(body: bytes, coding: bytes) -> bytes:
    """The body in a coding that `preferred` named."""
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP if coding == b"gzip" else _DEFLATE)
    return compressor.compress(body) + compressor.flush()


@cache
def compressing() -> ThreadPoolExecutor:
    """The thread in which long bodies are compressed, others being served meanwhile: for 16 MB it
    takes a second or two. One for all: several would take the processors from the event loop."""
    return concurrent.futures.ThreadPoolExecutor(1, "jedlik-compressing")  # loads its module now
