"""DescribeLimits."""

from __future__ import annotations

from tests.control_plane import ControlPlane


def test_tells_the_default_quotas(plane: ControlPlane) -> None:
    assert plane.call("DescribeLimits") == {
        "AccountMaxReadCapacityUnits": 80000,
        "AccountMaxWriteCapacityUnits": 80000,
        "TableMaxReadCapacityUnits": 40000,
        "TableMaxWriteCapacityUnits": 40000,
    }
