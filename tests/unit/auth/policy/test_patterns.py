"""Patterns with variables are decided as soon as the values are known."""

from __future__ import annotations

import pytest

from jedlik.auth.policy.facts import Fixed, Get, Values, by_key
from jedlik.auth.policy.patterns import Late, one_of
from jedlik.auth.policy.wildcards import Match, never, split_variables, text_of


def equals(pieces: list[str]) -> Match:
    wanted = text_of(pieces)
    return lambda text: text == wanted


def equals_once(pieces: list[str]) -> Match:
    wanted = text_of(pieces)
    return lambda text: text == f"late {wanted}"


def patterns(*texts: str) -> list[list[str | tuple[str, str | None]]]:
    return [split_variables(text) for text in texts]


def fixed(values: Values | None) -> Get:
    return Fixed(values)


def test_what_has_no_variables_is_compiled_at_once() -> None:
    match = one_of(patterns("a", "b"), equals, equals_once)(by_key)
    assert not isinstance(match, Late)
    assert [match(text) for text in ("a", "b", "c")] == [True, True, False]


def test_a_variable_with_a_fixed_value_is_compiled_at_once() -> None:
    match = one_of(patterns("x", "${a}!"), equals, equals_once)(lambda _key: fixed(("v",)))
    assert not isinstance(match, Late)
    assert [match(text) for text in ("x", "v!", "late v!")] == [True, True, False]


def test_a_variable_of_the_request_waits_for_it() -> None:
    match = one_of(patterns("x", "${a}!"), equals, equals_once)(by_key)
    assert isinstance(match, Late)
    with_value = match({"a": ("v",)}.get)
    assert [with_value(text) for text in ("x", "late v!", "v!")] == [True, True, False]


def test_one_way_to_compile_will_do() -> None:
    match = one_of(patterns("${a}"), equals)(by_key)
    assert isinstance(match, Late)
    assert match({"a": ("v",)}.get)("v")


@pytest.mark.parametrize(
    ("text", "values", "matches"),
    [
        ("${a}", None, None),
        ("${a}", (), None),
        ("${a}", ("",), None),
        ("${a}", ("v", "w"), None),
        ("${a, 'd'}", None, "d"),
        ("${a, 'd'}", ("v",), "v"),
        ("${a, 'd'}", ("v", "w"), None),
        ("${a, ''}-", None, "-"),
    ],
)
def test_values_and_defaults(text: str, values: Values | None, matches: str | None) -> None:
    early = one_of(patterns(text), equals)(lambda _key: fixed(values))
    late = one_of(patterns(text), equals)(by_key)
    assert not isinstance(early, Late)
    assert isinstance(late, Late)
    for match in (early, late(lambda _key: values)):
        if matches is None:
            assert match is never
        else:
            assert match(matches)
