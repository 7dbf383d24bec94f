"""A table of each capacity mode."""

from __future__ import annotations

import pytest

from tests.control_plane import ControlPlane, on_demand, provisioned


@pytest.fixture
def provisioned_plane(plane: ControlPlane) -> ControlPlane:
    plane.call("CreateTable", **provisioned())
    return plane


@pytest.fixture
def on_demand_plane(plane: ControlPlane) -> ControlPlane:
    plane.call("CreateTable", **on_demand())
    return plane
