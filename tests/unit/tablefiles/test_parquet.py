"""Parquet: files whose content is much larger than themselves."""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import Any

import pytest

from jedlik.services.dynamodb.transfers.input_lines import MAX_LINE_SIZE
from jedlik.tablefiles import parquet
from jedlik.tablefiles.formats import BadItem, FileError

arrow = pytest.importorskip("pyarrow")
arrow_parquet = pytest.importorskip("pyarrow.parquet")


def written(path: Path, columns: dict[str, Any], **options: Any) -> Path:
    arrow_parquet.write_table(arrow.table(columns), path, **options)
    return path


def test_a_value_of_a_dictionary_is_not_made_for_all_rows(tmp_path: Path) -> None:
    rows = 100_000
    value = arrow.DictionaryArray.from_arrays(
        arrow.array([0] * rows, arrow.int32()), arrow.array(["x" * 300_000])
    )
    path = written(tmp_path / "a.parquet", {"pk": ["p"] * rows, "v": value})
    items = parquet.Parquet().read(path, {})
    for _ in range(100):
        item = next(items)
        assert isinstance(item, dict)
        assert len(item["v"]["S"]) == 300_000
    assert arrow.total_allocated_bytes() < 200 << 20
    items.close()  # type: ignore[attr-defined]
    assert resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY


def test_a_row_that_no_item_could_be_is_left_out(tmp_path: Path) -> None:
    values = ["small", "x" * (MAX_LINE_SIZE + 1), "small"]
    path = written(tmp_path / "a.parquet", {"v": values}, use_dictionary=False)
    items = list(parquet.Parquet().read(path, {}))
    assert items[0] == items[2] == {"v": {"S": "small"}}
    assert isinstance(items[1], BadItem)
    assert str(items[1]).startswith("row 2:")


@pytest.mark.skipif(sys.platform != "linux", reason="no limit of memory there")
def test_what_takes_too_much_memory_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = {"v": [bytes(100 << 20)]}  # more than could be left of what the process has given back
    path = written(
        tmp_path / "a.parquet", large, use_dictionary=False, write_statistics=False,
        compression="zstd",
    )  # fmt: skip
    assert path.stat().st_size < 1 << 20
    monkeypatch.setattr(parquet, "_MEMORY", 16 << 20)
    with pytest.raises(FileError, match="take more memory"):
        list(parquet.Parquet().read(path, {}))


def test_what_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(FileError, match="cannot be read as Parquet"):
        list(parquet.Parquet().read(path, {}))
    whole = written(path, {"v": ["\N{EURO SIGN}" * 8]}, compression="none").read_bytes()
    path.write_bytes(whole.replace("\N{EURO SIGN}".encode(), b"\xff\xff\xff"))
    with pytest.raises(FileError, match="cannot be read as Parquet"):
        list(parquet.Parquet().read(path, {}))
