"""Patterns that hold for one request match the same texts as their compiled form."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.auth.policy import wildcards
from jedlik.auth.policy.compile import compile_policy
from jedlik.auth.policy.evaluate import Layers, Plan
from jedlik.auth.policy.matching import (
    arn_like_once,
    covering_like_once,
    like_once,
    segments_like_once,
)
from jedlik.auth.policy.wildcards import (
    Beginning,
    Wild,
    arn_like,
    covering_like,
    like,
    segments_like,
)
from tests.properties import examples
from tests.unit.auth.policy.deciding import ALICE, TABLE, policy, statement

WILD = st.text("ab:*?", max_size=7).map(Wild)
LITERAL = st.text("ab:*?", max_size=4)
"""As the value of a variable: a star in it is a star."""
PIECES = st.lists(WILD | LITERAL, max_size=4)
TEXTS = st.text("ab:*?", max_size=12)


@examples(1000)
@given(PIECES, TEXTS)
@pytest.mark.parametrize(
    ("once", "compiled"),
    [
        (like_once, like),
        (arn_like_once, arn_like),
        (covering_like_once, covering_like),
    ],
)
def test_any_pattern(
    once: Callable[..., Any], compiled: Callable[..., Any], pieces: list[str], text: str
) -> None:
    assert once(pieces)(text) is compiled(pieces)(text)


@examples(300)
@given(st.lists(st.text("ab*?", max_size=4), min_size=5, max_size=7), st.text("ab:", max_size=14))
def test_both_segment_matchers_agree(segments: list[str], text: str) -> None:
    pieces = [Wild(":".join(segments))]
    for each in (text, ":".join(segments).replace("*", "ab").replace("?", "a")):
        assert segments_like_once(pieces)(each) is segments_like(pieces)(each)


@examples(500)
@given(st.text("ab:*?", min_size=1, max_size=7), st.text("ab:", max_size=9), st.data())
def test_a_text_that_the_pattern_was_made_from(pattern: str, filling: str, data: Any) -> None:
    """Random texts rarely match long patterns; these often do."""
    text = "".join(
        data.draw(st.text("ab:", max_size=3))
        if each == "*"
        else data.draw(st.sampled_from("ab:"))
        if each == "?"
        else each
        for each in pattern
    )
    for each in (text, text + filling, filling + text):
        assert like_once([Wild(pattern)])(each) is like([Wild(pattern)])(each)
        assert arn_like_once([Wild(pattern)])(each) is arn_like([Wild(pattern)])(each)


@pytest.mark.parametrize(
    "pieces",
    [
        [Wild("*a" * 1000 + "*b")],
        [Wild("a*:" * 500 + "b")],
        [Wild("*a?" * 900 + "c")],
        [Wild("*"), "a" * 4000 + "b", Wild("*")],
        [Wild("?*"), "a" * 4000, Wild("*?"), "a" * 4000],
    ],
)
def test_no_pattern_takes_for_ever(pieces: list[str]) -> None:
    text = "a" * 6000 + ":a" * 50
    began = time.process_time()
    assert not like_once(pieces)(text)
    assert not arn_like_once(pieces)(text)
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize(
    "members",
    [
        {"Resource": "arn:aws:dynamodb:*:*:table/${aws:UserAgent}-*"},
        {"NotResource": "arn:aws:dynamodb:*:*:table/${aws:UserAgent}-?*"},
        {"Condition": {"StringLike": {"aws:Referer": "*?${aws:UserAgent}*"}}},
        {"Condition": {"StringNotLike": {"aws:Referer": "*?${aws:UserAgent}*"}}},
        {"Condition": {"ArnLike": {"aws:Referer": "arn:*:*::*:${aws:UserAgent}?*"}}},
    ],
)
def test_what_callers_choose_is_never_compiled(
    members: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would take long, and there is no end of it."""
    plan = Plan(Layers([policy(statement(**members))]), "dynamodb:GetItem", TABLE, ALICE)

    def refuse(*_of: object, **_how: object) -> Any:
        raise AssertionError("compiled")

    monkeypatch.setattr(wildcards, "_compiled", refuse)
    for number in range(3):
        facts = {"aws:useragent": (f"Mus?{number}",), "aws:referer": ("x",)}
        assert plan.decide(facts.get).explicit is False
    with pytest.raises(AssertionError, match="compiled"):
        compile_policy(
            '{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::a*b*c"}}'
        )


@pytest.mark.parametrize(
    ("resource", "condition"),
    [
        ("*", "StringEquals"),
        ("*", "StringNotEqualsIgnoreCase"),
        ("*", "StringLike"),
        ("*", "ArnLike"),
        (TABLE, None),
        (Beginning("arn:aws:s3:::bucket/*"), None),
    ],
)
def test_a_long_value_of_a_variable_that_is_repeated(resource: str, condition: str | None) -> None:
    """Put together, it would be half a gigabyte."""
    repeated = "arn:aws:s3:::" + "${aws:UserAgent}" * 1000
    members: dict[str, Any] = (
        {"Resource": repeated}
        if condition is None
        else {"Condition": {condition: {"aws:Referer": repeated}}}
    )
    document = policy(statement("Deny", **members))
    plan = Plan(Layers([document]), "dynamodb:GetItem", resource, ALICE)
    facts = {"aws:useragent": ("a" * 500_000,), "aws:referer": ("arn:aws:s3:::a",)}
    began = time.process_time()
    assert plan.decide(facts.get).explicit is (condition == "StringNotEqualsIgnoreCase")
    assert time.process_time() - began < 0.2


def test_case_may_add_characters() -> None:
    condition = {"StringEqualsIgnoreCase": {"aws:Referer": "${aws:UserAgent}"}}
    plan = Plan(Layers([policy(statement(Condition=condition))]), "dynamodb:GetItem", TABLE, ALICE)
    for sent, expected in (("ffi", True), ("FFI", True), ("ffix", False)):
        facts = {"aws:useragent": (sent,), "aws:referer": ("\N{LATIN SMALL LIGATURE FFI}",)}
        assert plan.decide(facts.get).allowed is expected
