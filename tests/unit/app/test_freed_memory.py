"""Memory freed after one page is used again for the next."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

PAGES = 20
FAULTS = f"""
import resource, sys
from jedlik.app import freed_memory
if sys.argv[1] == "kept":
    freed_memory.keep()
part = b"." * 100_000
def page():
    return len(b"".join([b"".join([part] * 10), b"".join([part] * 10)]))
page()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range({PAGES}):
    page()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how: str) -> int:
    """How often a process that makes pages touches memory that it has to be given first."""
    run = (sys.executable, "-c", FAULTS, how)
    return int(subprocess.run(run, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="another C library")
def test_pages_take_no_memory_from_the_system() -> None:
    assert faults("kept") < 50
    assert faults("returned") > 100 * PAGES
