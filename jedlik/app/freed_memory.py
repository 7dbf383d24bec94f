"""Keeps freed memory in the process, up to a limit, so that it can be used again.

A long page of results takes megabytes for a moment. By default the C library immediately returns
them to the system, which has to clear and map them again for the next one: that took a third of the
processor time of such a page.
"""

from __future__ import annotations

import ctypes
from typing import Final

from jedlik.base.limits import MIB

KEPT: Final = 32 * MIB
"""Free bytes that are kept at the end of the heap, at most."""
_FROM_HEAP: Final = 8 * MIB
"""Blocks up to this size are taken from the heap: answers, but not the largest requests."""
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # mallopt(3)


def keep() -> None:
    """Set this for the process and those that are forked from it, if the C library supports it."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_TRIM_THRESHOLD, KEPT)
        mallopt(_M_MMAP_THRESHOLD, _FROM_HEAP)
