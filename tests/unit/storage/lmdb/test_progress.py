"""What a commit notes of the log, and what is believed of it after a failure."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jedlik.storage.lmdb.environment import DATA_FILE, Environment
from jedlik.storage.lmdb.progress import NOTE, Place, Snapshot, decoded, encoded, noted, progress


@pytest.fixture
def data(tmp_path: Path) -> Path:
    environment = Environment(tmp_path)
    for generation, number in ((7, 3), (8, 5)):
        with environment.env.begin(environment.rows, write=True) as txn:
            environment.note(txn, generation, number)
    environment.close()
    return tmp_path / DATA_FILE


def noted_in(data: Path, generations: range) -> int:
    file = os.open(data, os.O_RDONLY)
    try:
        return noted(file, generations)
    finally:
        os.close(file)


def test_the_last_number_of_these_generations_counts(data: Path) -> None:
    assert noted_in(data, range(8, 10)) == 5
    assert noted_in(data, range(7, 9)) == 5
    assert noted_in(data, range(9, 11)) == 0, "of another log"


def test_processes_that_share_a_log_note_more(tmp_path: Path) -> None:
    place = Place(7, 3, 8192, 40, Snapshot(12, 100), Snapshot(9, 101))
    assert decoded(encoded(place)) == place
    assert decoded(progress(7, 3)) is None
    assert decoded(None) is None
    environment = Environment(tmp_path)
    with environment.env.begin(write=True) as txn:
        assert environment.place(txn) is None
        environment.note_place(txn, place)
        assert environment.place(txn) == place
    environment.close()
    assert noted_in(tmp_path / DATA_FILE, range(7, 9)) == 3


def test_a_file_without_notes_has_none(tmp_path: Path) -> None:
    Environment(tmp_path).close()
    assert noted_in(tmp_path / DATA_FILE, range(100)) == 0


@pytest.mark.parametrize("cut", [0, 100, 8192, 10_000])
def test_a_file_that_is_not_whole_has_none(data: Path, cut: int) -> None:
    data.write_bytes(data.read_bytes()[:cut])
    assert noted_in(data, range(100)) == 0


def test_a_note_that_is_not_whole_is_none(data: Path) -> None:
    content = bytearray(data.read_bytes())
    place = -1
    while (place := content.find(NOTE, place + 1)) >= 0:
        content[place + len(NOTE) + 15] ^= 1
    data.write_bytes(content)
    assert noted_in(data, range(100)) == 0
