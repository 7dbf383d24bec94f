"""Two servers for all attacks of a pytest worker: one without credentials and one with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import ACCESS_KEY, SECRET_KEY, RunningServer


@pytest.fixture(scope="session")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that accepts any credentials."""
    yield from _running(tmp_path_factory.mktemp("open"))


@pytest.fixture(scope="session")
def closed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that verifies signatures of ACCESS_KEY."""
    scratch = tmp_path_factory.mktemp("closed")
    yield from _running(scratch, "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY)


def _running(scratch: Path, *options: str) -> Iterator[RunningServer]:
    server = RunningServer(scratch, "--data", scratch / "data", *options, fresh=True)
    yield server
    server.kill()
