"""What is freed stays with the process, up to a bound, for what comes next.

A long page takes megabytes for a moment. By default the C library returns them to the system at
once and takes them again for the next page, cleared and page by page, which was a third of such a
page's processor time.
"""

from __future__ import annotations

import ctypes
from typing import Final

from jedlik.base.limits import MIB

KEPT: Final = 32 * MIB
"""At most, at the end of the heap."""
_FROM_HEAP: Final = 8 * MIB
"""Blocks up to this size are taken from the heap: answers, but not the largest requests."""
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # mallopt(3)


def keep() -> None:
    """Set it for this process and those that are forked from it, where the C library can."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_TRIM_THRESHOLD, KEPT)
        mallopt(_M_MMAP_THRESHOLD, _FROM_HEAP)
