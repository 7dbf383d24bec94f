"""Content codings of answers: which one to use, and compression with gzip and deflate.

Requests are decompressed in `gateway.content`, once their sender is known.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import re
import zlib
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Final

from jedlik.base.limits import MIB

# zlib's window bits: 15, and 16 more for gzip's framing.
_GZIP: Final = 31
_DEFLATE: Final = 15

_LEVEL: Final = 1
"""Short bodies are compressed on the event loop: level 1 gives most of the gain in a third of the
time."""

MAX_WAITING: Final = 64 * MIB
"""Bytes of bodies that wait to be compressed: four of the longest, which take some seconds."""

_NUMBER: Final = re.compile(rb"-?[0-9]+(?:\.[0-9]*)?|-?\.[0-9]+").fullmatch

_MAX_ACCEPTED: Final = 512
"""Bounds the headers that are parsed and cached; no client lists so many codings."""


def preferred_coding(accept_encoding: bytes) -> bytes | None:
    """The coding to answer with, of what an `Accept-Encoding` header allows; None is identity."""
    return _preferred(accept_encoding) if len(accept_encoding) <= _MAX_ACCEPTED else None


@lru_cache(maxsize=256)
def _preferred(accept_encoding: bytes) -> bytes | None:
    """The service's choice (observed): `identity` has no weight, and of a coding that occurs twice,
    the greater weight counts."""
    weights: dict[bytes, float] = {}
    for part in accept_encoding.lower().split(b","):
        name, _, parameters = part.partition(b";")
        name, weight = name.strip(), _weight(parameters)
        weights[name] = max(weights.get(name, 0.0), weight)
    anything = weights.get(b"*", 0.0)
    gzip = weights.get(b"gzip", anything)
    deflate = weights.get(b"deflate", anything)
    if max(gzip, deflate) <= 0:
        return None
    if gzip != deflate:
        return b"gzip" if gzip > deflate else b"deflate"
    # Of two with the same weight, the service chooses the first.
    return next((name for name in weights if name in (b"gzip", b"deflate")), b"gzip")


def _weight(parameters: bytes) -> float:
    """What follows the first `q=`, at most 1; 1 if it is missing or not a number (observed)."""
    _, _, rest = parameters.partition(b"q=")
    number = rest.partition(b";")[0].strip()
    return min(float(number), 1.0) if _NUMBER(number) else 1.0


def encode(body: bytes, coding: bytes, level: int = _LEVEL) -> bytes:
    """The body in a coding that `preferred_coding` named."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, _GZIP if coding == b"gzip" else _DEFLATE)
    return compressor.compress(body) + compressor.flush()


class CompressionThread:
    """The thread in which long bodies are compressed while others are served: 16 MB take a second
    or two. There is only one, as several would take the processors from the event loop.

    Clients may ask for more than it can do, and bodies that wait take memory and delay later ones.
    So the bytes that wait are bounded; beyond that, bodies are sent uncompressed, which every
    client accepts.
    """

    __slots__ = ("_begun", "_ended", "_most", "_thread")

    def __init__(self, most: int = MAX_WAITING) -> None:
        self._most = most
        # Each is written by one thread only.
        self._begun = 0
        self._ended = 0
        self._thread = concurrent.futures.ThreadPoolExecutor(1, "jedlik-compressing")

    @property
    def waiting(self) -> int:
        """Bytes of the bodies that are not compressed yet."""
        return self._begun - self._ended

    def begin(
        self, body: bytes, coding: bytes, wanted: Callable[[], bool]
    ) -> asyncio.Future[bytes] | None:
        """A future of the compressed body, which is empty if it is no longer `wanted` when its turn
        comes. None if too much is waiting: the body should be sent as it is."""
        size = len(body)
        if self.waiting + size > self._most:
            return None
        self._begun += size

        def work() -> bytes:
            try:
                return encode(body, coding) if wanted() else b""
            finally:
                self._ended += size

        return asyncio.get_running_loop().run_in_executor(self._thread, work)


@cache
def compression_thread() -> CompressionThread:
    """The one of this process; its library is loaded, and its thread started, on first use."""
    return CompressionThread()
