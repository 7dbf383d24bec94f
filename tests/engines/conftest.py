"""Runs a test over every engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engines.makers import MAKERS, Maker


@pytest.fixture(params=list(MAKERS))
def maker(request: pytest.FixtureRequest, tmp_path: Path) -> Maker:
    """Opens stores of one engine in a scratch directory; the test runs once for each engine."""
    return MAKERS[request.param](tmp_path)
