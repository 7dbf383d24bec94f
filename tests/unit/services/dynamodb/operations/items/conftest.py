from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.control_plane import ControlPlane


@pytest.fixture
def enforced() -> Iterator[ControlPlane]:
    """A database that enforces capacity."""
    plane = ControlPlane(capacity="enforced")
    yield plane
    plane.close()
