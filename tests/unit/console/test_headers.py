"""Files that a browser has already, by their tags."""

from __future__ import annotations

import pytest

from jedlik.console.headers import entity_tag, is_known


@pytest.mark.parametrize(
    ("if_none_match", "known"),
    [
        (b'W/"abc"', True),
        (b'"abc"', True),
        (b'"x", W/"abc"', True),
        (b"*", True),
        (b'"abcd"', False),
        (b"", False),
        (b"abc", False),
    ],
)
def test_a_browser_has_a_file_if_it_names_its_tag(if_none_match: bytes, known: bool) -> None:
    assert is_known(entity_tag("abc"), if_none_match) is known
