"""Changes that wait for a region are sent with bounded memory."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from bench.region_queue import EU, GROWTH, US, drain

CHANGES = 60_000


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_long_queue_drains_in_memory_that_does_not_grow(tmp_path: Path) -> None:
    for region in (US, EU):
        (tmp_path / region).mkdir()
    drained = asyncio.run(drain(tmp_path, CHANGES))
    assert drained.items == CHANGES
    assert drained.most <= GROWTH * drained.early, drained
