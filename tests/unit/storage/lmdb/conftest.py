from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.storage.lmdb.shared_log_stand import Process


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    (tmp_path / "store").mkdir()
    opened = Process(tmp_path / "store")
    yield opened
    if not opened.environment.closed:
        opened.close()
