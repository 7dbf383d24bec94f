"""Fixtures of unit tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.control_plane import ControlPlane


@pytest.fixture
def plane() -> Iterator[ControlPlane]:
    """A database whose tables become ACTIVE at once."""
    plane = ControlPlane()
    yield plane
    plane.close()


@pytest.fixture
def slow_plane() -> Iterator[ControlPlane]:
    """A database whose tables take ten seconds to become ACTIVE."""
    plane = ControlPlane(transition_seconds=10)
    yield plane
    plane.close()
