"""Wildcards, compared with a matcher that tries everything."""

from __future__ import annotations

import time
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.auth.policy.wildcards import Wild, arn_like, covering_like, like


def naive(pattern: str, text: str, *, arn: bool) -> bool:
    """Whether a pattern fits, by trying every length for every star."""
    if not pattern:
        return not text
    head, rest = pattern[0], pattern[1:]
    if head == "*":
        after = rest.lstrip("*")
        crosses = not arn or after[:1] in ("", ":")
        for size in range(len(text) + 1):
            if not crosses and ":" in text[:size]:
                return False
            if naive(after, text[size:], arn=arn):
                return True
        return False
    if not text:
        return False
    if head == "?":
        return not (arn and text[0] == ":") and naive(rest, text[1:], arn=arn)
    return text[0] == head and naive(rest, text[1:], arn=arn)


PATTERNS = st.text("ab:*?", max_size=9)
TEXTS = st.text("ab:", max_size=9)


@given(PATTERNS, TEXTS)
def test_patterns_match_like_the_reference(pattern: str, text: str) -> None:
    assert like([Wild(pattern)])(text) is naive(pattern, text, arn=False)


ENDS = ["".join(end) for size in range(6) for end in product("x:", repeat=size)]


@given(st.text("a*?", max_size=5), st.text("a", max_size=3))
def test_beginnings_that_every_end_completes(pattern: str, start: str) -> None:
    """Whether every end makes a text of it that the pattern fits."""
    fits = all(naive(pattern, start + end, arn=True) for end in ENDS)
    assert covering_like([Wild(pattern)])(start) is fits


@given(PATTERNS, TEXTS)
def test_arn_patterns_match_like_the_reference(pattern: str, text: str) -> None:
    assert arn_like([Wild(pattern)])(text) is naive(pattern, text, arn=True)


@pytest.mark.parametrize("pattern", ["*a" * 1000 + "*b", "a*:" * 500 + "b", "*a?" * 900 + "c"])
def test_no_pattern_takes_for_ever(pattern: str) -> None:
    text = "a" * 2000 + ":a" * 50
    began = time.process_time()
    assert not like([Wild(pattern)])(text)
    assert not arn_like([Wild(pattern)])(text)
    assert time.process_time() - began < 2.0
