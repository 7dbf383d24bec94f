"""Patterns match the same texts in steps as when they are compiled, and never take long."""

from __future__ import annotations

import time
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.auth.policy.matching import arn_like_once, like_once
from jedlik.auth.policy.operators import OPERATORS
from jedlik.auth.policy.stepping import Steps, beginning_like, stepping_if_long
from jedlik.auth.policy.wildcards import Wild, arn_like, like
from tests.properties import examples

PIECES = st.lists(st.text("ab:*?", max_size=5).map(Wild) | st.text("ab:*?", max_size=3), max_size=4)


@examples(1000)
@given(PIECES, st.text("ab:*?", max_size=10))
def test_any_pattern(pieces: list[str], text: str) -> None:
    assert Steps(pieces, arn=False).match(text) is like(pieces)(text)
    assert Steps(pieces, arn=True).match(text) is arn_like(pieces)(text)


ENDS = ["".join(end) for size in range(5) for end in product("ab", repeat=size)]


@given(st.text("ab*?", max_size=4), st.text("ab", max_size=4))
def test_beginnings_that_some_end_completes(pattern: str, start: str) -> None:
    """Whether some end makes a text of it that the pattern fits."""
    fits = any(like([Wild(pattern)])(start + end) for end in ENDS)
    assert beginning_like([Wild(pattern)])(start) is fits
    assert beginning_like([*map(Wild, pattern)])(start) is fits


def test_only_long_texts_take_steps() -> None:
    searched: list[str] = []

    def search(text: str) -> bool:
        searched.append(text)
        return False

    match = stepping_if_long(search, [Wild("a*")], arn=False, size=2, most=6)
    assert [match(text) for text in ("aaa", "aaaa", "bbbb")] == [False, True, False]
    assert searched == ["aaa"]


@pytest.mark.parametrize("part", ["a?" * 500, "a" * 1000, "?" * 1000, "a?" * 499 + "aa"])
def test_parts_that_nearly_match_everywhere(part: str) -> None:
    """Searching for them took two minutes."""
    pieces, text = [Wild(f"*{part}b*")], "a" * 65_000
    began = time.process_time()
    for match in (like_once(pieces), arn_like_once(pieces)):
        assert not match(text)
        assert match(text + "b")
    for operator in ("StringLike", "ArnLike"):
        arn = [Wild("arn:aws:s3:::"), *pieces]
        assert not OPERATORS[operator].compile(arn)(f"arn:aws:s3:::{text}")
    assert time.process_time() - began < 2.0
