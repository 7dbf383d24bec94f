"""Values written in a format are read back, as far as the format can represent them."""

from __future__ import annotations

import gzip
from base64 import b64encode
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.tablefiles import formats
from jedlik.tablefiles.formats import (
    BY_LINES,
    CSV,
    DYNAMODB_JSON,
    ION,
    JSON,
    PARQUET,
    BadItem,
    FileError,
    form,
    format_of,
)
from jedlik.values.attribute import Item
from tests.properties import examples

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=6)
numbers = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=4
).map(lambda number: str(number.normalize()) if number else "0")
binaries = st.binary(max_size=5).map(lambda each: b64encode(each).decode())
scalars = st.one_of(
    texts.map(lambda each: {"S": each}),
    numbers.map(lambda each: {"N": each}),
    binaries.map(lambda each: {"B": each}),
    st.booleans().map(lambda each: {"BOOL": each}),
    st.just({"NULL": True}),
)
sets = st.lists(texts.filter(bool), min_size=1, max_size=3, unique=True).map(
    lambda each: {"SS": each}
)
values = st.recursive(
    scalars | sets,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda each: {"L": each})
        | st.dictionaries(texts, inner, max_size=3).map(lambda each: {"M": each})
    ),
    max_leaves=6,
)
names = st.sampled_from(["a", "b b", "c:d", 'e"', "f,"])
item_lists = st.lists(
    st.builds(
        lambda key, rest: {"pk": {"S": key}, **rest},
        texts.filter(bool),
        st.dictionaries(names, values, max_size=3),
    ),
    min_size=1,
    max_size=4,
)


def written(path: Path, name: str, items: list[Item]) -> list[Item | BadItem]:
    made = form(name)
    if name in BY_LINES:
        path.write_bytes(b"".join(map(made.line_of, items)))
    else:
        made.write(path, lambda: iter(items))
    return list(made.read(path, {"pk": "S"}))


def meaning(value: Any) -> Any:
    """A value, with its numbers as numbers."""
    ((kind, content),) = value.items()
    if kind == "N":
        return kind, Decimal(content)
    if kind == "L":
        return kind, [meaning(each) for each in content]
    if kind == "M":
        return kind, {name: meaning(each) for name, each in content.items()}
    return kind, content


@pytest.mark.parametrize("name", [DYNAMODB_JSON, ION])
@examples(100, keeps_fixtures=True)
@given(items=item_lists)
def test_exact_formats(name: str, items: list[Item], tmp_path: Path) -> None:
    if name == ION:
        pytest.importorskip("amazon.ion")
    found = written(tmp_path / "items", name, items)
    assert [meaning({"M": each}) for each in found] == [meaning({"M": each}) for each in items]


@examples(100, keeps_fixtures=True)
@given(items=item_lists)
def test_plain_json_keeps_what_json_has(items: list[Item], tmp_path: Path) -> None:
    def plain(value: Any) -> Any:
        ((kind, content),) = value.items()
        if kind == "B":
            return "S", content
        if kind == "SS":
            return "L", [("S", each) for each in content]
        if kind == "L":
            return kind, [plain(each) for each in content]
        if kind == "M":
            return kind, {name: plain(each) for name, each in content.items()}
        return meaning(value)

    found = written(tmp_path / "items", JSON, items)
    assert [meaning({"M": each}) for each in found] == [plain({"M": each}) for each in items]


@pytest.mark.parametrize("name", [CSV, PARQUET])
def test_columns_with_types(name: str, tmp_path: Path) -> None:
    if name == PARQUET:
        pytest.importorskip("pyarrow")
    items: list[Item] = [
        {
            "pk": {"S": "1"},
            "n": {"N": "12345678901234567890.5"},
            "i": {"N": "3"},
            "f": {"N": "0.25"},
            "b": {"B": "AAE="},
            "ok": {"BOOL": False},
            "list": {"L": [{"N": "1"}, {"S": 'x"\n'}, {"NULL": True}]},
            "map": {"M": {"deep": {"M": {"n": {"N": "1.5"}}}}},
            "tags": {"SS": ["a", "b,c"]},
            "sizes": {"NS": ["1", "2.5"]},
            "blobs": {"BS": ["AA=="]},
            "ends:S": {"S": "x"},
        },
        {"pk": {"S": "2"}, "i": {"N": "-4"}, "text": {"S": 'line\nbreak, "quoted"'}},
    ]
    assert written(tmp_path / "items", name, items) == items


def test_csv_by_the_tables_types(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b'\xef\xbb\xbfpk,age:N,note\n1,30,\n2,,"a\nb"\n3,1,2,3\n')
    found = list(form(CSV).read(file, {"pk": "N"}))
    assert found[:2] == [
        {"pk": {"N": "1"}, "age": {"N": "30"}},
        {"pk": {"N": "2"}, "note": {"S": "a\nb"}},
    ]
    assert isinstance(found[2], BadItem)


def test_a_line_that_is_wrong_spoils_no_other(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(b'{"Item":{"pk":{"S":"1"}}}\n{no\n\n{"pk":{"S":"2"}}\n{"pk":"plain"}\n')
    first, second, third, fourth = form(DYNAMODB_JSON).read(file, {})
    assert (first, third) == ({"pk": {"S": "1"}}, {"pk": {"S": "2"}})
    assert "line 2" in str(second)
    assert "--format json" in str(fourth)


def test_files_that_are_not_what_they_say(tmp_path: Path) -> None:
    short = tmp_path / "a.jsonl.gz"
    short.write_bytes(b"\x1f\x8b\x08\x00 and then")
    with pytest.raises(FileError, match="cannot be read to its end"):
        list(form(DYNAMODB_JSON).read(short, {}))
    (tmp_path / "b.csv").write_bytes(b"")
    with pytest.raises(FileError, match="first line"):
        list(form(CSV).read(tmp_path / "b.csv", {}))
    (tmp_path / "c.csv").write_bytes(b"pk\n\xff\xfe\n")
    with pytest.raises(FileError):
        list(form(CSV).read(tmp_path / "c.csv", {}))


def test_formats_by_names() -> None:
    for name, wanted in (
        ("a.jsonl", DYNAMODB_JSON),
        ("a.json.gz", DYNAMODB_JSON),
        ("a.CSV", CSV),
        ("a.b.parquet", PARQUET),
        ("a.ion.gz", ION),
    ):
        assert format_of(Path(name), None) == wanted
    assert format_of(Path("a"), JSON) == JSON
    with pytest.raises(FileError, match="--format"):
        format_of(Path("a.txt"), None)


@pytest.mark.parametrize("depth", [40, 300, 900, 100_000])
@pytest.mark.parametrize("name", [DYNAMODB_JSON, JSON, ION])
def test_a_line_that_is_nested_too_deeply_is_one_bad_item(
    name: str, depth: int, tmp_path: Path
) -> None:
    path = tmp_path / "items"
    lists = "[" * depth + "]" * depth
    values = '{"L":[' * depth + "]}" * depth
    heads = {DYNAMODB_JSON: '{"Item":{"pk":{"S":"%s"},"l":%s}}', ION: '{Item:{pk:"%s",l:%s}}'}
    head = heads.get(name, '{"pk":"%s","l":%s}')
    good = '{"L":[]}' if name == DYNAMODB_JSON else "[]"
    deep = values if name == DYNAMODB_JSON else lists
    path.write_text(f"{head % ('a', deep)}\n{head % ('b', good)}\n")
    bad, item = form(name).read(path, {"pk": "S"})
    assert isinstance(bad, BadItem)
    assert item == {"pk": {"S": "b"}, "l": {"L": []}}


def test_the_deepest_item_is_read(tmp_path: Path) -> None:
    path = tmp_path / "items"
    value = '{"L":[' * 31 + '{"S":"x"}' + "]}" * 31
    path.write_text('{"Item":{"l":%s}}\n' % value)  # noqa: UP031
    (item,) = form(DYNAMODB_JSON).read(path, {})
    assert isinstance(item, dict)
    path.write_text('{"l":%s}\n' % ("[" * 31 + '"x"' + "]" * 31))
    assert list(form(JSON).read(path, {})) == [item]


@pytest.mark.parametrize("kind", [CSV, DYNAMODB_JSON, ION, JSON])
def test_a_line_without_end_does_not_fill_the_memory(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "MAX_LINE_SIZE", 1000)
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb") as file:
        file.write(b"pk,a\n" + b"," * 5000)
    with pytest.raises(FileError, match="line 2 is longer than 1,000 characters"):
        list(form(kind).read(path, {"pk": "S"}))
