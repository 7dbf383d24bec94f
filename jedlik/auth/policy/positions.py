"""Where the statements of a policy are in its text, and which condition keys it names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from jedlik.auth.policy.document import PolicyText
from jedlik.auth.policy.wildcards import split_variables

_DECODER: Final = json.JSONDecoder()
_SPACE: Final = re.compile(r"[ \t\r\n]*")


class Position(NamedTuple):
    """A line and a column, both from 1 on."""

    line: int
    column: int


class Span(NamedTuple):
    """Where a statement begins, after the preceding sign, and its end."""

    start: Position
    end: Position


def statement_spans(text: str) -> list[Span]:
    """The spans of all statements of a text that is a valid policy."""
    return [Span(_position(text, start), _position(text, end)) for start, end in _offsets(text)]


def _position(text: str, offset: int) -> Position:
    before = text.rfind("\n", 0, offset)
    return Position(text.count("\n", 0, offset) + 1, offset - before)


def _offsets(text: str) -> Iterator[tuple[int, int]]:
    at = text.index("{") + 1
    while True:
        name, at = _DECODER.raw_decode(text, _after_space(text, at))
        at = _after_space(text, at) + 1  # after the colon
        value = _after_space(text, at)
        if name != "Statement":
            _, at = _DECODER.raw_decode(text, value)
            at = _after_space(text, at) + 1  # after the comma: a policy has a Statement
        elif text[value] == "[":
            yield from _elements(text, value + 1)
            return
        else:
            yield at, _DECODER.raw_decode(text, value)[1]
            return


def _elements(text: str, at: int) -> Iterator[tuple[int, int]]:
    while True:
        _, end = _DECODER.raw_decode(text, _after_space(text, at))
        yield at, end
        following = _after_space(text, end)
        if text[following] == "]":
            return
        at = following + 1


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None, "no space is space too"
    return found.end()


def condition_keys(policy: PolicyText) -> list[str]:
    """The condition keys that a policy's conditions and variables name, as written."""
    found: dict[str, None] = {}
    for statement in policy.statements:
        texts = list(statement.resources)
        for keys in statement.conditions.values():
            for key, values in keys.items():
                found[key] = None
                texts += values
        if policy.has_variables:
            found.update(dict.fromkeys(_variables(texts)))
    return list(found)


def _variables(texts: list[str]) -> Iterator[str]:
    for text in texts:
        for piece in split_variables(text):
            if not isinstance(piece, str):
                yield piece[0]
