"""What unit tests of all floors share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.control_plane import ControlPlane


@pytest.fixture
def plane() -> Iterator[ControlPlane]:
    """A database whose transitions are immediate."""
    plane = ControlPlane()
    yield plane
    plane.close()


@pytest.fixture
def slow_plane() -> Iterator[ControlPlane]:
    """A database whose transitions take ten seconds."""
    plane = ControlPlane(transition_seconds=10)
    yield plane
    plane.close()
