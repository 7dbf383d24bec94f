"""The example of DAX's cache: longer times to live give more hits, and only writes that bypass it
cause stale reads."""

from __future__ import annotations

import re

import pytest

from tests.conftest import StartServer
from tests.examples.programs import program


@pytest.mark.slow
def test_hits_and_stale_reads(start_server: StartServer) -> None:
    server = start_server("--memory", "--dax", "--dax-port", "0")
    output = program("dax_cache.py", "--endpoint-url", server.url, "--seconds", "1.5")
    rows = re.findall(
        r"([\d.]+) s +(past it|through the cache) +([\d,]+) +(\d+)% +([\d.]+)%", output
    )
    assert [row[:2] for row in rows] == [
        ("0.1", "past it"), ("1", "past it"), ("60", "past it"), ("60", "through the cache"),
    ]  # fmt: skip
    assert all(int(row[2].replace(",", "")) > 10 for row in rows)
    hits, stale = [int(row[3]) for row in rows], [float(row[4]) for row in rows]
    assert hits[0] < hits[2]
    assert stale[2] > stale[3] == 0
