"""Columns of Parquet and the attribute values that come out of them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jedlik.tablefiles.formats import BadItem, FileError
from jedlik.tablefiles.parquet import Parquet
from jedlik.values.attribute import Item

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

FORM = Parquet()
Columns = Callable[..., dict[str, str]]


def meaning(item: Any) -> Any:
    """An item's value, numbers as such: `1.0` is `1`."""
    ((kind, content),) = item["a"].items()
    return (kind, Decimal(content)) if kind == "N" else item["a"]


@pytest.fixture
def columns(tmp_path: Path) -> Columns:
    """The types of the columns that items are written to."""

    def columns(*values: Any) -> dict[str, str]:
        items: list[Item] = [{"a": value} for value in values]
        FORM.write(tmp_path / "items", lambda: items)
        assert list(map(meaning, FORM.read(tmp_path / "items", {}))) == list(map(meaning, items))
        return {each.name: str(each.type) for each in pq.read_schema(tmp_path / "items")}

    return columns


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "-2"], "int64"),
        (["1", "0.5"], "double"),
        (["9223372036854775807"], "int64"),
        (["100000000000000000000"], "double"),
        (["9223372036854775809"], "string"),
        (["0.1234567890123456789"], "string"),
    ],
)
def test_numbers_lose_nothing(columns: Columns, values: list[str], kind: str) -> None:
    assert columns(*({"N": value} for value in values)) == {"a": kind}


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([{"S": "x"}, {"S": ""}], "string"),
        ([{"BOOL": True}], "bool"),
        ([{"B": "AAE="}], "binary"),
        ([{"SS": ["a", "b"]}], "list<element: string>"),
        ([{"S": "x"}, {"N": "1"}], "string"),
        ([{"M": {"k": {"L": [{"N": "1"}]}}}], "string"),
        ([{"NS": ["1", "2.5"]}], "string"),
    ],
)
def test_types_of_columns(columns: Columns, values: list[Any], kind: str) -> None:
    assert columns(*values) == {"a": kind}


def read(tmp_path: Path, kinds: dict[str, str], **columns: Any) -> list[Item | BadItem]:
    """What a file of another program's is read as."""
    pq.write_table(pa.table(columns), tmp_path / "items")
    return list(FORM.read(tmp_path / "items", kinds))


def test_files_of_other_programs(tmp_path: Path) -> None:
    (item,) = read(
        tmp_path, {}, n=[1], f=[0.5], d=[Decimal("1.50")], t=["x"], ok=[True], b=[b"\0\1"],
        l=[[1, None]], m=[{"k": "v"}], nothing=pa.array([None], pa.string()),
    )  # fmt: skip
    assert item == {
        "n": {"N": "1"},
        "f": {"N": "0.5"},
        "d": {"N": "1.50"},
        "t": {"S": "x"},
        "ok": {"BOOL": True},
        "b": {"B": "AAE="},
        "l": {"L": [{"N": "1"}, {"NULL": True}]},
        "m": {"M": {"k": {"S": "v"}}},
    }


def test_keys_have_the_tables_type(tmp_path: Path) -> None:
    assert read(tmp_path, {"pk": "S"}, pk=[7], n=[7]) == [{"pk": {"S": "7"}, "n": {"N": "7"}}]


def test_a_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "items").write_bytes(b"no parquet")
    with pytest.raises(FileError, match="cannot be read as Parquet"):
        list(FORM.read(tmp_path / "items", {}))


def test_without_the_library_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(FileError, match=r"pip install 'jedlik\[parquet\]'"):
        Parquet()
