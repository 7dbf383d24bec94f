"""CSV: types in the names of columns, and rows that are not items."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jedlik.tablefiles.csv_file import Csv
from jedlik.tablefiles.formats import BadItem, FileError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "items.csv"


def read(path: Path, text: str, **kinds: str) -> list[Any]:
    path.write_text(text, encoding="utf-8")
    return list(Csv().read(path, kinds))


def test_columns_have_the_type_of_their_name_or_of_the_key(path: Path) -> None:
    text = 'pk,n:N,b:BOOL,l:L,s:NS\n7,8,TRUE,"[1,""a"",null]","[1,2]"\n'
    assert read(path, text, pk="N", n="S") == [
        {
            "pk": {"N": "7"},
            "n": {"N": "8"},
            "b": {"BOOL": True},
            "l": {"L": [{"N": "1"}, {"S": "a"}, {"NULL": True}]},
            "s": {"NS": ["1", "2"]},
        }
    ]


def test_a_name_may_have_a_colon_of_its_own(path: Path) -> None:
    assert read(path, "a:b,:N\nx,y\n") == [{"a:b": {"S": "x"}, ":N": {"S": "y"}}]


def test_empty_fields_and_missing_ones_are_no_attributes(path: Path) -> None:
    assert read(path, "\ufeffpk,a,b\nx,,z\n\ny\n") == [
        {"pk": {"S": "x"}, "b": {"S": "z"}},
        {"pk": {"S": "y"}},
    ]


def test_rows_that_are_no_items_are_named_by_their_line(path: Path) -> None:
    first, second, third = read(path, "pk,m:M\nx,y,z\nx,{\nx,\n")
    assert isinstance(first, BadItem)
    assert str(first).startswith("line 2: more fields")
    assert isinstance(second, BadItem)
    assert str(second).startswith("line 3:")
    assert third == {"pk": {"S": "x"}}


@pytest.mark.parametrize("content", [b"", b"\n", b"pk\n\xff\n", b'pk\n"' + b"x" * (5 << 20)])
def test_files_that_cannot_be_read(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(FileError):
        list(Csv().read(path, {}))


@pytest.mark.parametrize("text", ["pk;name\n1;x\n", "pk\tname\n1\tx\n", "name\nx\n"])
def test_columns_that_are_not_separated_by_commas(path: Path, text: str) -> None:
    with pytest.raises(FileError, match="is no key of the table; columns are separated by commas"):
        read(path, text, pk="S")
    assert read(path, "pk\n1\n", pk="S") == read(path, "pk:S\n1\n", pk="S")


def test_a_column_of_one_type_is_named_with_it(path: Path) -> None:
    items = [
        {"pk": {"S": "a"}, "n": {"N": "1"}, "c:N": {"S": "x"}, "m": {"M": {}}},
        {"pk": {"S": "b"}, "n": {"S": "1"}, "z": {"NULL": True}},
    ]
    Csv().write(path, lambda: iter(items))
    lines = path.read_text().splitlines()
    assert lines == ["pk,n,c:N:S,m:M,z", "a,1,x,{},", "b,1,,,"]


def test_compressed_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "items.csv.gz"
    items = [{"pk": {"S": 'a,\n"'}, "n": {"N": "1"}}]
    Csv().write(path, lambda: iter(items))
    assert path.read_bytes()[:2] == b"\x1f\x8b"
    assert list(Csv().read(path, {})) == items
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(FileError, match="to its end"):
        list(Csv().read(path, {}))
