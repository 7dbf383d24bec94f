"""DescribeEndpoints."""

from __future__ import annotations

from tests.control_plane import ControlPlane


def test_names_this_server(plane: ControlPlane) -> None:
    plane.database.endpoint = "127.0.0.1:8123"
    assert plane.call("DescribeEndpoints") == {
        "Endpoints": [{"Address": "127.0.0.1:8123", "CachePeriodInMinutes": 1440}]
    }
