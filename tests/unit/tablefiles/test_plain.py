"""Plain JSON: numbers keep their spelling, and texts that only Python accepts as JSON are
refused."""

from __future__ import annotations

import pytest

from jedlik.tablefiles.plain import attribute, parsed


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (r'{"a": "\ud800"}', r"'\\ud800' is half a character"),
        (r'{"\udc00": 1}', r"'\\udc00' is half a character"),
        ('{"a": NaN}', "NaN is not a number"),
        ('{"a": [-Infinity]}', "-Infinity is not a number"),
        ("[" * 100_000, "nested"),
    ],
)
def test_what_is_no_json(text: str, why: str) -> None:
    for given in (text, text.encode()):
        with pytest.raises(ValueError, match=why):
            parsed(given)


def test_what_is_some() -> None:
    found = attribute(parsed(r'{"a": "\ud83d\ude00 \u00e9", "b": [1.10, 1e400, null]}'))
    assert found == {
        "M": {
            "a": {"S": "\U0001f600 \u00e9"},
            "b": {"L": [{"N": "1.10"}, {"N": "1e400"}, {"NULL": True}]},
        }
    }
