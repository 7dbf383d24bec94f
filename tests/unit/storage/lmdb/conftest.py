from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.storage.lmdb.shared_log_stand import Overlapping, Process


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    (tmp_path / "store").mkdir()
    opened = Process(tmp_path / "store")
    yield opened
    if not opened.environment.closed:
        opened.close()


@pytest.fixture
def first(tmp_path: Path) -> Iterator[Overlapping]:
    directory = tmp_path / "store"
    directory.mkdir()
    process = Overlapping(directory)
    process.write({b"first": b"1"})
    process.finish_checkpoint()
    yield process
    process.close()


@pytest.fixture
def second(first: Overlapping) -> Iterator[Overlapping]:
    process = Overlapping(first.directory, first)
    yield process
    process.log.close()
