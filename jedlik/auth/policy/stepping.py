"""Patterns matched in one step per character, whatever the pattern and the text.

Searching for the parts of a pattern is quicker nearly always. But a part of many characters and `?`
may begin to match at every place of a text and fail at its end: 1,000 of them and a text of 64 KB
take minutes. Here the places in the pattern that a text can have reached are bits of one number,
the first one the lowest, so that each character moves all of them at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from jedlik.auth.policy.wildcards import ANY, IN_SEGMENT, ONE, Match, tokens

MAX_SEARCH: Final = 10_000_000
"""Characters of a text times those of a pattern that a regular expression compares, at most: that
takes up to ten milliseconds, in which no other thread runs."""
MIN_PATTERN: Final = 16
"""Characters of a pattern; shorter ones are always searched for."""


class Steps:
    """A pattern, or its start: what `most` characters and `?` can reach. `arn`: wildcards stay in
    their segments (see `wildcards`)."""

    __slots__ = ("_across", "_of_char", "_ones", "_segmented", "_size", "_stars")

    def __init__(self, pieces: Sequence[str], *, arn: bool, most: int = sys.maxsize) -> None:
        self._segmented = arn
        self._size = self._stars = self._across = self._ones = 0
        self._of_char: dict[str, int] = {}
        for token in tokens(pieces, arn=arn):
            if token is ANY or token is IN_SEGMENT:
                self._add_star(across=token is ANY)
            elif self._size > 2 * most:  # with a star between any two
                break
            elif token is ONE:
                self._ones |= 1 << self._size
                self._size += 1
            else:
                for char in token[:most]:
                    self._of_char[char] = self._of_char.get(char, 0) | 1 << self._size
                    self._size += 1

    def _add_star(self, *, across: bool) -> None:
        """Stars that follow one another are one, which crosses segments if one of them does."""
        last = 1 << self._size >> 1
        if not self._stars & last:
            last = 1 << self._size
            self._size += 1
        self._stars |= last
        if across:
            self._across |= last

    def match(self, text: str) -> bool:
        """Whether it matches a whole text."""
        return bool(self._reached(text) >> self._size)

    def may_match(self, start: str) -> bool:
        """Whether it matches any text with this start."""
        return self._reached(start) != 0

    def _reached(self, text: str) -> int:
        stars, ones, of_char = self._stars, self._ones, self._of_char
        at = 1 | (stars & 1) << 1  # a star may match nothing
        for char in text:
            stay = stars
            moved = of_char.get(char, 0) | ones
            if char == ":" and self._segmented:
                stay = self._across
                moved &= ~ones
            at = (at & moved) << 1 | at & stay
            at |= (at & stars) << 1
            if not at:
                break
        return at


def beginning_like(pieces: Sequence[str]) -> Match:
    """A test of ARN prefixes: whether the pattern matches any ARN with this prefix.

    Wildcards are assumed to cross segments, so no match is missed. Of the pattern, which may have
    long values of variables in it, only as much is read as the prefix is long.
    """
    return lambda start: Steps(pieces, arn=False, most=len(start) + 1).may_match(start)


def stepping_if_long(
    search: Match, pieces: Sequence[str], *, arn: bool, size: int, most: int
) -> Match:
    """`search`, but in steps for texts whose length times `size` is above `most`."""
    steps: list[Steps] = []  # made for the first long text

    def match(text: str) -> bool:
        if len(text) * size <= most:
            return search(text)
        if not steps:
            steps.append(Steps(pieces, arn=arn))
        return steps[0].match(text)

    return match
