"""Files that are cut off are found out before they are mapped."""

from __future__ import annotations

from pathlib import Path
from random import Random

import lmdb
import pytest

from jedlik.storage.failures import DataDirectoryError
from jedlik.storage.lmdb.data_file import Damaged, check_length
from jedlik.storage.lmdb.environment import Environment
from jedlik.storage.lmdb.read_only import ReadOnlyLmdbEngine

PAGE = 4096


def _filled(path: Path, seed: int) -> Path:
    """A store in which rows came and went."""
    random = Random(seed)
    with lmdb.open(str(path), map_size=1 << 28, max_dbs=2, sync=False) as environment:
        rows = environment.open_db(b"rows")
        for _ in range(30):
            with environment.begin(rows, write=True) as txn:
                for _ in range(random.randrange(1, 60)):
                    key = b"%06d" % random.randrange(600)
                    if random.random() < 0.5:
                        txn.delete(key)
                    else:
                        txn.put(key, bytes(random.randrange(1, 9000)))
    return path / "data.mdb"


@pytest.mark.parametrize("seed", range(12))
def test_a_whole_file_is_sound_and_one_without_its_end_is_not(tmp_path: Path, seed: int) -> None:
    file = _filled(tmp_path, seed)
    check_length(file)
    content = file.read_bytes()
    with lmdb.open(str(tmp_path), max_dbs=2) as environment:
        last_page = environment.info()["last_pgno"]
    for cut in (len(content) // 2 // PAGE * PAGE, 3 * PAGE, 2 * PAGE):
        file.write_bytes(content[:cut])
        with pytest.raises(Damaged, match="cut off"):
            check_length(file)
    assert len(content) <= (last_page + 1) * PAGE


def test_a_page_less_that_is_free_is_no_harm(tmp_path: Path) -> None:
    """Of every file that may lack its last page LMDB can read all rows without it."""
    harmless = 0
    for seed in range(40):
        (tmp_path / str(seed)).mkdir()
        file = _filled(tmp_path / str(seed), seed)
        file.write_bytes(file.read_bytes()[:-PAGE])
        try:
            check_length(file)
        except Damaged:
            continue
        harmless += 1
        with lmdb.open(str(file.parent), max_dbs=2) as environment:
            rows = environment.open_db(b"rows")
            with environment.begin(rows, write=True) as txn:
                assert all(len(value) for _, value in txn.cursor())
                txn.put(b"new", bytes(100_000))
    assert 0 < harmless < 40, harmless


def test_the_engine_refuses_a_file_that_is_cut_off(tmp_path: Path) -> None:
    file = _filled(tmp_path, 1)
    file.write_bytes(file.read_bytes()[: 4 * PAGE])
    with pytest.raises(DataDirectoryError, match=r"cut off.*backup"):
        Environment(tmp_path)
    with pytest.raises(DataDirectoryError, match=r"cut off.*backup"):
        ReadOnlyLmdbEngine.open(tmp_path)


def test_what_is_no_store_is_lmdbs_to_refuse(tmp_path: Path) -> None:
    (tmp_path / "data.mdb").write_bytes(b"x" * 10_000)
    check_length(tmp_path / "data.mdb")
    with pytest.raises(DataDirectoryError, match="cannot be opened"):
        Environment(tmp_path)


def test_a_new_store_is_sound(tmp_path: Path) -> None:
    Environment(tmp_path).close()
    check_length(tmp_path / "data.mdb")
