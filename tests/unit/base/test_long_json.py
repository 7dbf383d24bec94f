"""A text parsed in steps gives the same as with orjson, or the same error."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base import long_json
from jedlik.base.long_json import MAX_DEPTH, parse_steps
from jedlik.base.turns import at_once
from tests.properties import examples

texts = st.one_of(
    st.text(max_size=4), st.sampled_from(['"', "\\", '\\"', "[", "},{", ",", "é\U0001f600"])
)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False), texts
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=20), st.dictionaries(texts, inner, max_size=8)
    ),
    max_leaves=60,
)
FORMS: list[dict[str, Any]] = [
    {"separators": (",", ":")},
    {"indent": 1},
    {"separators": (" ,\r\n", "\t: "), "ensure_ascii": False},
]


def outcome(parse: Any, text: bytes) -> Any:
    try:
        return repr(parse(text))
    except orjson.JSONDecodeError:
        return "refused"


def in_steps(text: bytes) -> Any:
    return at_once(parse_steps(text))


@pytest.fixture(params=[1, 30, 4095], autouse=True)
def run_bytes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of any length: with the shortest ones all is entered."""
    for name in ("_RUN_BYTES", "_MIN_RUN_BYTES", "_STRING_BYTES"):
        monkeypatch.setattr(long_json, name, request.param + 1)


@examples(100)
@given(values, st.sampled_from(FORMS))
def test_what_orjson_reads(value: Any, form: dict[str, Any]) -> None:
    text = json.dumps(value, **form).encode()
    assert outcome(in_steps, text) == outcome(orjson.loads, text)


@examples(200)
@given(values, st.sampled_from(FORMS), st.data())
def test_what_orjson_refuses(value: Any, form: dict[str, Any], data: st.DataObject) -> None:
    text = bytearray(json.dumps(value, **form).encode())
    at = data.draw(st.integers(0, len(text)))
    inserted = data.draw(st.sampled_from([*b',:"[]{}\\ 1', 0xFF, None]))
    if inserted is None:
        del text[at : at + data.draw(st.integers(1, 3))]
    else:
        text.insert(at, inserted)
    assert outcome(in_steps, bytes(text)) == outcome(orjson.loads, bytes(text))


MANY = 4_000


@pytest.mark.parametrize(
    "text",
    [
        b"[" + b'{"S":""},' * MANY + b"0]",
        b"[" + b'{"L":[{"L":[{"L":[{"L":[]}]}]}]},' * MANY + b"0]",
        b'{"a":[' + b"[[[[[[]]]]]]," * MANY + b"[]]}",
        b'["' + b'\\"' * MANY + b'",' + b"1," * MANY + b'"' + b"\\\\" * MANY + b'"]',
        b'{"a":{' + b",".join(b'"%d":{"N":"%d"}' % (i, i) for i in range(MANY)) + b"}}",
    ],
    ids=["flat", "deep", "deeper", "strings", "map"],
)
def test_no_step_is_long(text: bytes) -> None:
    steps = sum(1 for _ in parse_steps(text))
    assert in_steps(text) == orjson.loads(text)
    assert steps > len(text) / 4096


@pytest.mark.parametrize("inside", ["[%s]", "{%s}", "[1,{%s},[%s]]", '{"a":[%s] }', "[1,%s]"])
def test_nothing_but_spaces(inside: str) -> None:
    text = inside.replace("%s", " \n" * MANY).encode()
    assert outcome(in_steps, text) == outcome(orjson.loads, text)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bytes of each look for a run, of the usual lengths."""
    sizes = {"_RUN_BYTES": 4096, "_MIN_RUN_BYTES": 128, "_STRING_BYTES": 65536}
    for name, size in sizes.items():
        monkeypatch.setattr(long_json, name, size)
    found: list[int] = []
    run = long_json._run

    def counted(text: bytes, begin: int, end: int) -> re.Match[bytes] | None:
        found.append(end - begin)
        return run(text, begin, end)

    monkeypatch.setattr(long_json, "_run", counted)
    return found


@pytest.mark.parametrize("level", [b"[1,%b]", b'{"a":1,"b":%b}', b"[%b]"])
def test_levels_around_something_long(level: bytes, looks: list[int]) -> None:
    """They are not looked through again and again on the way to it."""
    text = b"[" + b"1," * MANY + b"1]"
    for _ in range(MAX_DEPTH - 5):
        text = level.replace(b"%b", text)
    text = b"[" + b",".join([text] * 3) + b"]"
    assert in_steps(text) == orjson.loads(text)
    assert sum(looks) < 5 * len(text)


def test_small_values_are_not_entered_each(looks: list[int]) -> None:
    text = b"[" + b",".join([b'"' + b"a" * 9000 + b'"' + b",1" * 2000] * 5) + b"]"
    assert sum(1 for _ in parse_steps(text)) < 5 * 30
    assert len(looks) < 5 * 20


def test_levels_that_are_many_are_not_all_looked_at(looks: list[int]) -> None:
    text = b"[" + b",".join([b"[" * 120 + b"1,1" + b"]" * 120] * 30) + b"]"
    assert in_steps(text) == orjson.loads(text)
    assert len(looks) < 30 * 20


def test_what_is_nested_too_deeply() -> None:
    for depth, long in ((MAX_DEPTH, False), (2 * MAX_DEPTH + 1, False), (MAX_DEPTH + 1, True)):
        inside = b"1," * 4096 + b"1" if long else b""
        text = b"[" * depth + inside + b"]" * depth
        assert orjson.loads(text)
        if depth == MAX_DEPTH:
            assert in_steps(text) == orjson.loads(text)
        else:
            with pytest.raises(orjson.JSONDecodeError):
                in_steps(text)


@pytest.mark.parametrize("text", [b'{"' + b"\\\\" * MANY + b'" : 1 , "b": 2}', b'"a"', b" 1", b""])
def test_long_keys_and_what_is_no_container(text: bytes) -> None:
    assert outcome(in_steps, text) == outcome(orjson.loads, text)
