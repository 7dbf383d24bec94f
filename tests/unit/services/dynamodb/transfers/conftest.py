"""Fixtures of exports and imports."""

from __future__ import annotations

from pathlib import Path

import pytest

from jedlik.kernel.buckets.buckets import Buckets
from tests.control_plane import ControlPlane


@pytest.fixture
def bucket(plane: ControlPlane, tmp_path: Path) -> Path:
    """A directory that the server knows as the bucket `mine`."""
    plane.database.buckets = Buckets({"mine": str(tmp_path)})
    return tmp_path
