"""Texts of others, made safe for a terminal."""

from __future__ import annotations

import pytest

from jedlik.base.printable import printable


@pytest.mark.parametrize("text", ["", "a b", "naïve ☃ 表 😀", "'\"\\<>$`"])
def test_what_is_text_stays(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize("text", ["\x1b]0;a\x07", "\x9b2J", "\r\n\t\x08\x7f", "\u202e\ufeff\udcff"])
def test_what_a_terminal_would_obey_does_not(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown) == len(text)
