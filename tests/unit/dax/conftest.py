"""A cluster in front of a control plane."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.control_plane import ControlPlane
from tests.unit.dax.caching import Caching


@pytest.fixture
def caching(plane: ControlPlane) -> Iterator[Caching]:
    made = Caching(plane)
    yield made
    plane.run(made.cluster.stop())
