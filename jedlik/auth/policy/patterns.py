"""Patterns with policy variables, bound to the source of the variables' values.

A variable's value is literal, so a user called `a*` matches nothing but that name; a pattern whose
variable has no value matches nothing (IAM user guide, "IAM policy elements: Variables and tags").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jedlik.auth.policy.facts import Facts, Fixed, Source, Values
from jedlik.auth.policy.wildcards import Match, Part, never

Compile = Callable[[list[str]], Match]
"""From a pattern's pieces, without variables, to a test of texts."""


class Late:
    """A pattern that depends on the request: returns the test of texts for its facts."""

    __slots__ = ("_complete",)

    def __init__(self, complete: Callable[[Facts], Match]) -> None:
        self._complete = complete

    def __call__(self, facts: Facts) -> Match:
        return self._complete(facts)


Pattern = Callable[[Source], Match | Late]
"""Returns the test of texts, given the source of the variables' values."""


def one_of(
    alternatives: Sequence[Sequence[Part]],
    compile_pieces: Compile,
    compile_late: Compile | None = None,
) -> Pattern:
    """The pattern that matches if one of the alternatives does; those without variables are
    compiled here. `compile_late` is for those that are another one for each request."""
    compiles = (compile_pieces, compile_late or compile_pieces)
    early, varying = [], []
    for pieces in alternatives:
        plain = [piece for piece in pieces if isinstance(piece, str)]
        if len(plain) == len(pieces):
            early.append(compile_pieces(plain))
        else:
            varying.append(pieces)
    fixed = _one_of(early)

    def bind(source: Source) -> Match | Late:
        bound = [_bound(pieces, compiles, source) for pieces in varying]
        late = [each for each in bound if isinstance(each, Late)]
        known = [fixed, *(each for each in bound if not isinstance(each, Late))]
        if late:
            return Late(lambda facts: _one_of([*known, *(pattern(facts) for pattern in late)]))
        return _one_of(known) if bound else fixed

    return bind


def _bound(
    pieces: Sequence[Part], compiles: tuple[Compile, Compile], source: Source
) -> Match | Late:
    """The test of texts for a pattern; `Late` if its variables depend on the request."""
    gets = {piece[0]: source(piece[0]) for piece in pieces if not isinstance(piece, str)}

    early = all(isinstance(get, Fixed) for get in gets.values())
    compile_pieces = compiles[not early]

    def complete(facts: Facts) -> Match:
        resolved = _resolved(pieces, lambda key: gets[key](facts))
        return never if resolved is None else compile_pieces(resolved)

    return complete(None) if early else Late(complete)


def _one_of(matches: Sequence[Match]) -> Match:
    matches = [match for match in matches if match is not never]
    if len(matches) < 2:
        return matches[0] if matches else never

    def match_one(text: str) -> bool:
        for match in matches:  # noqa: SIM110  a generator costs more than the few tests in it
            if match(text):
                return True
        return False

    return match_one


def _resolved(
    pieces: Sequence[Part], values_of: Callable[[str], Values | None]
) -> list[str] | None:
    """The pieces with their variables' values as literal ones; None if one has no value.

    Keys with several values have no value as variables.
    """
    resolved: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            resolved.append(piece)
            continue
        key, default = piece
        values = values_of(key)
        if values is not None and len(values) == 1 and values[0]:
            resolved.append(values[0])
        elif default is not None and not values:
            resolved.append(default)
        else:
            return None
    return resolved
