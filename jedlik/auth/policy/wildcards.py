"""`*`, `?` and policy variables, compiled.

A text is split into pieces. Texts without variables are compiled to a test here, others once the
variables have values (see `patterns`); those that only a request gives a value are not compiled but
matched as they are (see `matching`).

In an ARN, a wildcard stays within its segment, except that a `*` at the end of a segment may also
match beyond the colon ("IAM JSON policy elements: Resource").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from jedlik.base.bounded_cache import BoundedCache

Match = Callable[[str], bool]

_LITERALS: Final = {"*": "*", "?": "?", "$": "$"}

Part = str | tuple[str, str | None]
"""A piece of a text: literal or wild, or a variable's key in lower case and its default."""


class Wild(str):
    """A piece of a text in which `*` and `?` are wildcards."""

    __slots__ = ()


class Beginning(str):
    """All resources with a prefix, which ends with `*`: the objects of a bucket that an operation
    will find. All of them have to be allowed, and none may be denied."""

    __slots__ = ()

    @property
    def start(self) -> str:
        """The prefix."""
        return self[:-1]


def split_variables(text: str) -> list[Part]:
    """The pieces of a text: wild, literal (from `${*}` and so on), variables."""
    pieces: list[Part] = []
    end = 0
    # By hand: a regular expression would scan the text again for every `${` without an end.
    while (start := text.find("${", end)) >= 0 and (close := text.find("}", start)) >= 0:
        if start > end:
            pieces.append(Wild(text[end:start]))
        end = close + 1
        inner = text[start + 2 : close]
        if inner in _LITERALS:
            pieces.append(_LITERALS[inner])
            continue
        pieces.append(_variable(inner))
    if end < len(text):
        pieces.append(Wild(text[end:]))
    return pieces


def _variable(inner: str) -> tuple[str, str | None]:
    """A variable's key and its default, from the text in braces: `key` or `key, 'default'`."""
    key, _, rest = inner.partition(",")
    rest = rest.strip()
    if len(rest) >= 2 and rest[0] == rest[-1] == "'":
        return key.strip().lower(), rest[1:-1]
    return inner.strip().lower(), None


def text_of(pieces: Sequence[str]) -> str:
    """The text of resolved pieces, for comparisons without wildcards."""
    return "".join(pieces)


def like(pieces: Sequence[str], *, ignore_case: bool = False) -> Match:
    """A test of whole texts. `*` is any text, `?` any one character."""
    if len(pieces) == 1 and isinstance(pieces[0], Wild) and not ignore_case:
        simple = _simple(pieces[0])
        if simple is not None:
            return simple
    return _compiled(_expression(pieces), ignore_case)


def arn_like(pieces: Sequence[str]) -> Match:
    """A test of ARNs; wildcards stay in their segment unless they are at its end."""
    if len(pieces) == 1 and pieces[0] == "*" and isinstance(pieces[0], Wild):
        return _always
    if len(pieces) == 1 and isinstance(pieces[0], Wild) and not _has_wildcard(pieces[0]):
        return _equals(pieces[0])
    return _compiled(_expression(pieces, arn=True))


def segments_like(pieces: Sequence[str], like: Callable[[Sequence[str]], Match] = like) -> Match:
    """A test of ARNs whose six segments are compared one by one (ArnLike), each by `like`."""
    segments: list[list[str]] = [[]]
    for piece in pieces:
        wild = isinstance(piece, Wild)
        # A variable's value may contain colons, as an ARN does.
        first, *rest = piece.split(":", max(0, 6 - len(segments)))
        for place, part in enumerate((first, *rest)):
            if place:
                segments.append([])
            segments[-1].append(Wild(part) if wild else part)
    if len(segments) != 6:
        return never
    tests = [like(segment) for segment in segments]

    def match(text: str) -> bool:
        found = text.split(":", 5)
        return len(found) == 6 and all(
            test(segment) for test, segment in zip(tests, found, strict=True)
        )

    return match


def covering_like(
    pieces: Sequence[str], arn_like: Callable[[Sequence[str]], Match] = arn_like
) -> Match:
    """A test of ARN prefixes: whether the pattern matches every ARN with this prefix.

    For that it has to end with a star: any other end excludes some last character, `?` the colon.
    """
    ends_wild = bool(pieces) and isinstance(pieces[-1], Wild) and pieces[-1].endswith("*")
    return arn_like(pieces) if ends_wild else never


def _simple(pattern: str) -> Match | None:
    if pattern == "*":
        return _always
    if not _has_wildcard(pattern):
        return _equals(pattern)
    start = pattern[:-1]
    if pattern.endswith("*") and not _has_wildcard(start):
        return lambda text: text.startswith(start)
    return None


def _has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


class _Token(str):
    """A wildcard in a list of tokens; compared by `is`, since a text may say the same."""

    __slots__ = ()


ANY: Final = _Token("*")
"""Matches any text."""
IN_SEGMENT: Final = _Token("*")
"""Matches any text without a colon."""
ONE: Final = _Token("?")
"""Matches one character, in an ARN any but a colon."""

_WILDCARDS: Final = re.compile(r"(\*+|\?)")


def tokens(pieces: Sequence[str], *, arn: bool) -> list[str]:
    """The pieces as literal texts and wildcards."""
    found: list[str] = []
    for number, piece in enumerate(pieces):
        if not isinstance(piece, Wild):
            found.append(piece)
            continue
        follows = pieces[number + 1][:1] if number + 1 < len(pieces) else ""
        parts = _WILDCARDS.split(piece)
        for place, part in enumerate(parts):
            if part.startswith("*"):
                after = (parts[place + 1] or "".join(parts[place + 2 : place + 3]) or follows)[:1]
                found.append(ANY if not arn or after in ("", ":") else IN_SEGMENT)
            elif part == "?":
                found.append(ONE)
            elif part:
                found.append(part)
    return found


def split(listed: Sequence[str], at: str) -> list[list[str]]:
    """The tokens between those that are `at`."""
    parts: list[list[str]] = [[]]
    for token in listed:
        if token is at:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _expression(pieces: Sequence[str], arn: bool = False) -> str:
    """An expression that never backtracks for long, whatever the pattern.

    Written naively, `*a*a*a*b` tries every way to divide a text among its stars. But the first
    match of the part after a star is as good as any later one, so each search is atomic: `(?>...)`
    never backtracks for another. That holds for stars within one segment and for the blocks between
    stars that cross colons; only the last star has to reach to the end.
    """
    one = "[^:]" if arn else "."
    blocks = [
        ["".join(one if each is ONE else re.escape(each) for each in part) for part in parts]
        for parts in (split(block, IN_SEGMENT) for block in split(tokens(pieces, arn=arn), ANY))
    ]
    if len(blocks) == 1:
        return _to_the_end(blocks[0])
    middle = "".join(f"(?>.*?{_as_early(block)})" for block in blocks[1:-1])
    return f"{_as_early(blocks[0])}{middle}.*{_to_the_end(blocks[-1])}"


def _as_early(block: list[str]) -> str:
    first, *rest = block
    return first + "".join(f"(?>[^:]*?{part})" for part in rest)


def _to_the_end(block: list[str]) -> str:
    if len(block) == 1:
        return block[0]
    first, *middle, last = block
    return f"{first}{''.join(f'(?>[^:]*?{part})' for part in middle)}[^:]*{last}"


def _compiled(expression: str, ignore_case: bool = False) -> Match:
    found = _EXPRESSIONS.get((expression, ignore_case))
    if found is not None:
        return found
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    match = re.compile(expression, flags).fullmatch
    return _EXPRESSIONS.put(
        (expression, ignore_case),
        lambda text: match(text) is not None,
        _EXPRESSION_SIZE + _CHARACTER_SIZE * len(expression),
    )


_EXPRESSIONS: Final[BoundedCache[tuple[str, bool], Match]] = BoundedCache(8 * 1024 * 1024)
"""A new policy is compiled several times before it decides anything: for its checks, for whether it
locks its author out. Python's own cache has room for 512 expressions."""
_EXPRESSION_SIZE: Final = 1024
_CHARACTER_SIZE: Final = 16
"""Bytes of an expression, and of each of its characters, roughly."""


def _equals(wanted: str) -> Match:
    return lambda text: text == wanted


def _always(_text: str) -> bool:
    return True


def never(_text: str) -> bool:
    """Matches no text."""
    return False
