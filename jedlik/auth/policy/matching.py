"""Patterns matched as they are, for those that hold for one request only.

A pattern with the value of a policy variable is another one for every value, which callers may
choose: `aws:UserAgent` is whatever they send. Compiled to a regular expression, it would take five
times as long, and the place of another one in the cache of those. So it is taken apart into literal
text and wildcards, and the text is searched for these.

    blocks   between stars that may match anything
    parts    of a block, between stars that stay within a segment of an ARN
    a part   has a fixed length: literal text, and `?`

As in the expression of `wildcards`, the first match of what follows a star is as good as any later
one. Only the last block has to reach the end, so it is matched backwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from jedlik.auth.policy.stepping import stepping_if_long
from jedlik.auth.policy.wildcards import (
    ANY,
    IN_SEGMENT,
    ONE,
    Match,
    Wild,
    covering_like,
    segments_like,
    split,
    tokens,
)

_NOWHERE: Final = -1
_MIN_TRIES: Final = 16
"""Literals and `?` of a pattern from which steps are quicker than trying all of them everywhere."""
_MAX_TRIES: Final = 10_000
"""Places of a text times literals and `?` that are tried: this many take up to 20 ms, but hardly
ever are more than a few of the literals looked at."""


def like_once(pieces: Sequence[str]) -> Match:
    """What `wildcards.like` returns, without compiling anything."""
    return if_long_enough(pieces, lambda pieces: _matcher(pieces, arn=False))


def arn_like_once(pieces: Sequence[str]) -> Match:
    """What `wildcards.arn_like` returns, without compiling anything."""
    return if_long_enough(pieces, lambda pieces: _matcher(pieces, arn=True))


def segments_like_once(pieces: Sequence[str]) -> Match:
    """What `wildcards.segments_like` returns, without compiling anything."""
    return if_long_enough(pieces, lambda pieces: segments_like(pieces, like_once))


def covering_like_once(pieces: Sequence[str]) -> Match:
    """What `wildcards.covering_like` returns, without compiling anything."""
    return covering_like(pieces, arn_like_once)


def if_long_enough(
    pieces: Sequence[str], compile_pieces: Callable[[Sequence[str]], Match], growth: int = 1
) -> Match:
    """What `compile_pieces` returns, made only for texts that are as long as the literal pieces, or
    become so when each character becomes `growth` others.

    A policy of 20 KB may name a variable a thousand times, and its value may be a megabyte.
    """
    least = sum(len(piece) for piece in pieces if not isinstance(piece, Wild))
    made: list[Match] = []

    def match(text: str) -> bool:
        if len(text) * growth < least:
            return False
        if not made:
            made.append(compile_pieces(pieces))
        return made[0](text)

    return match


def _matcher(pieces: Sequence[str], *, arn: bool) -> Match:
    blocks = [
        [_Part(part, arn) for part in split(block, IN_SEGMENT)]
        for block in split(tokens(pieces, arn=arn), ANY)
    ]

    def match(text: str) -> bool:
        if len(blocks) == 1:
            return _start_of_last(blocks[0], text) == 0
        end = _end_from(blocks[0], text, 0)
        for block in blocks[1:-1]:
            if end == _NOWHERE:
                return False
            end = _end_after(block, text, end)
        return end != _NOWHERE and end <= _start_of_last(blocks[-1], text, end)

    tries = sum(part.tries for block in blocks for part in block)
    if tries < _MIN_TRIES:
        return match
    return stepping_if_long(match, pieces, arn=arn, size=tries, most=_MAX_TRIES)


class _Part:
    """Literal text and single characters."""

    __slots__ = ("_literals", "_longest", "_singles", "length", "tries")

    def __init__(self, part: Sequence[str], arn: bool) -> None:
        self._literals: list[tuple[int, str]] = []
        """Each with its offset."""
        self._singles: list[int] = []
        """The offsets of characters that must not be colons."""
        self.length = 0
        for token in part:
            if token is not ONE:
                self._literals.append((self.length, token))
            elif arn:
                self._singles.append(self.length)
            self.length += 1 if token is ONE else len(token)
        several = len(self._literals) > 1 or self._singles
        self.tries = len(self._literals) + len(self._singles) if several else 0
        """Comparisons at each place; none if the part is a single text, for which to search."""
        self._longest = max(self._literals, key=lambda literal: len(literal[1]), default=(0, ""))

    def fits(self, text: str, at: int) -> bool:
        """Whether the text has this part at that place."""
        return (
            at + self.length <= len(text)
            and all(text.startswith(literal, at + offset) for offset, literal in self._literals)
            and all(text[at + offset] != ":" for offset in self._singles)
        )

    def first(self, text: str, lowest: int, highest: int) -> int:
        """The first place from `lowest` to `highest` at which the text has this part."""
        offset, literal = self._longest
        while lowest <= highest:
            found = text.find(literal, lowest + offset, highest + offset + len(literal))
            if found == _NOWHERE or self.fits(text, found - offset):
                return found if found == _NOWHERE else found - offset
            lowest = found - offset + 1
        return _NOWHERE

    def last(self, text: str, lowest: int, highest: int) -> int:
        """The last such place."""
        offset, literal = self._longest
        while lowest <= highest:
            found = text.rfind(literal, lowest + offset, highest + offset + len(literal))
            if found == _NOWHERE or self.fits(text, found - offset):
                return found if found == _NOWHERE else found - offset
            highest = found - offset - 1
        return _NOWHERE


def _end_from(block: Sequence[_Part], text: str, at: int) -> int:
    """Where the first match of a block ends that begins at that place."""
    first, *rest = block
    if not first.fits(text, at):
        return _NOWHERE
    end = at + first.length
    for part in rest:
        colon = text.find(":", end)
        highest = min(len(text) if colon == _NOWHERE else colon, len(text) - part.length)
        at = part.first(text, end, highest)
        if at == _NOWHERE:
            return _NOWHERE
        end = at + part.length
    return end


def _end_after(block: Sequence[_Part], text: str, lowest: int) -> int:
    """Where the first match of a block ends that begins at that place or later."""
    while True:
        at = block[0].first(text, lowest, len(text) - block[0].length)
        if at == _NOWHERE:
            return _NOWHERE
        end = _end_from(block, text, at)
        if end != _NOWHERE:
            return end
        lowest = at + 1


def _start_of_last(block: Sequence[_Part], text: str, lowest: int | None = None) -> int:
    """Where the last match of a block begins that reaches the end of the text. Without `lowest`,
    the block is the whole pattern and has to begin where the text does."""
    *before, last = block
    at = len(text) - last.length
    if at < 0 or not last.fits(text, at):
        return _NOWHERE
    for number, part in reversed(list(enumerate(before))):
        least = max(text.rfind(":", 0, at) + 1 - part.length, 0)
        if number == 0 and lowest is None:
            return 0 if least == 0 and at >= part.length and part.fits(text, 0) else _NOWHERE
        at = part.last(text, least, at - part.length)
        if at == _NOWHERE:
            return _NOWHERE
    return at
