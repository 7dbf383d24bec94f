"""JSON of very many values, parsed in small steps.

orjson holds the interpreter from the first byte to the last: 0.3 s and more for 16 MB of tiny
values, during which no other request is answered. So such a text is cut into runs of complete
members, each of which orjson parses. Only members longer than a run are entered:

    {"RequestItems":{"music":[{"PutRequest":{"Item":{"pk":{"S":"a"},"l":{"L":[{"S":""},{"S":""}, ...
    ^               ^        ^^             ^       ^---- run -----^    ^    ^------- run ------
    entered                                                             entered

Runs are found only by balanced brackets; errors in them are found by orjson.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any, Final

import orjson

MAX_DEPTH: Final = 80
"""How deep a member of a run may be nested, and how deep members are entered: attribute values have
32 levels of two containers each. Each level that is entered costs a step."""
_RUN_BYTES: Final = 4096
"""A run takes 0.1 to 0.4 ms if its values are tiny."""
_MIN_RUN_BYTES: Final = 128
"""If a longer member cuts a run short, the next run is half as long, and so on; if not, it is twice
as long. With a fixed length, 60 levels around a long member would cost 60 full runs."""
_STRING_BYTES: Final = 64 * 1024

_SPACES: Final = b" \t\r\n"
_ENDS: Final = (b"]", b"}")
_STRING: Final = rb'"(?>(?:[^"\\]++|\\.)*)"'


def _balanced(depth: int) -> bytes:
    inside = rb'(?>(?:[^"\[\]{}]++|%b)*)' % _STRING
    for _ in range(depth - 1):
        inside = rb'(?>(?:[^"\[\]{}]++|%b|[\[{]%b[\]}])*)' % (_STRING, inside)
    return inside


_MEMBER: Final = rb'(?>(?:[^"\[\]{},]++|%b|[\[{]%b[\]}])*)' % (_STRING, _balanced(MAX_DEPTH))
_run: Final = re.compile(rb"(?>(?:%b,)+)|(%b)(?=[\]}])" % (_MEMBER, _MEMBER), re.DOTALL).match
"""Members, each followed by a comma, or (as a group) the last one or none."""
_characters: Final = re.compile(rb'(?>(?:[^"\\]++|\\.)+)', re.DOTALL).match
_space: Final = re.compile(rb"[ \t\r\n]*+").match
_colon: Final = re.compile(rb"[ \t\r\n]*+:").match
_literal: Final = re.compile(rb'[^"\[\]{}, \t\r\n]++').match
_behind: Final = re.compile(rb"[ \t\r\n]*+(?:(,)|(?=[\]}]))").match
"""What may follow a member: a comma (a group), or the end of its container."""

Container = list[Any] | dict[str, Any]


def parse_steps(text: bytes) -> Generator[None, None, Any]:
    """The result of `orjson.loads`, in steps of some tenths of a millisecond. Raises
    orjson.JSONDecodeError, also for text that is nested too deeply."""
    if text.lstrip(_SPACES)[:1] not in (b"[", b"{"):
        return orjson.loads(text)
    parser = _Parser(text)
    yield from parser.steps()
    return parser.top


def _after_a_run(longest: int, *, is_cut_short: bool) -> int:
    """The limit of the next run, after a run with the limit `longest`."""
    if is_cut_short:
        return max(_MIN_RUN_BYTES, longest // 2)
    return min(_RUN_BYTES, longest * 2)


class _Parser:
    """Parses at `_at`, in `_container`, the innermost one that was entered."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._at = 0
        self._outside: list[Container] = []
        self._needs_member = False
        """Whether a member must follow, since there was a comma."""
        self.top = self._container = self._entered()

    def steps(self) -> Generator[None, None, None]:
        """Parse all, into `top`."""
        longest = _RUN_BYTES
        in_vain = without_look = 0
        while True:
            yield
            run = None
            if without_look:
                without_look -= 1
            else:
                run = _run(self._text, self._at, self._at + longest)
                in_vain = 0 if run is not None else in_vain + 1
                without_look = 2**in_vain // 2  # levels that are entered at once: 1, 2, 4, ...
            if run is not None:
                is_cut_short = run.lastindex is None and 2 * (run.end() - self._at) < longest
                longest = _after_a_run(longest, is_cut_short=is_cut_short)
                self._at = run.end()
                if run.lastindex is None:
                    self._take(run.group()[:-1], may_be_none=False)
                    self._needs_member = True
                    continue
                self._take(run.group(), may_be_none=not self._needs_member)
            else:
                longest = _after_a_run(longest, is_cut_short=True)
                if (yield from self._enter()):
                    continue
                in_vain = without_look = 0
            if self._leave():
                return

    def _take(self, members: bytes, *, may_be_none: bool) -> None:
        """Parse a run of members."""
        if not members.strip(_SPACES):
            if not may_be_none:
                raise self._wrong()
        elif isinstance(self._container, list):
            self._container += orjson.loads(b"[" + members + b"]")
        else:
            self._container |= orjson.loads(b"{" + members + b"}")

    def _enter(self) -> Generator[None, None, bool]:
        """Enter the next member; False if it is empty."""
        key = ""
        self._skip(_space)
        if not self._needs_member and self._text.startswith(_ENDS, self._at):
            return False
        if isinstance(self._container, dict):
            key = yield from self._whole_string()
            self._skip(_colon)
            self._skip(_space)
        next_byte = self._text[self._at : self._at + 1]
        value: Any
        if next_byte in (b"[", b"{"):
            value = self._entered()
        elif next_byte == b'"':
            value = yield from self._whole_string()
        else:
            value = orjson.loads(self._skip(_literal))
        if isinstance(self._container, dict):
            self._container[key] = value
        else:
            self._container.append(value)
        if next_byte not in (b"[", b"{"):
            return False
        self._outside.append(self._container)
        self._container = value
        self._needs_member = False
        if len(self._outside) >= MAX_DEPTH:
            raise self._wrong()
        return True

    def _entered(self) -> Container:
        self._skip(_space)
        self._at += 1
        return [] if self._text[self._at - 1 : self._at] == b"[" else {}

    def _leave(self) -> bool:
        """Leave all containers that end here; True if that is the end of the text."""
        while True:
            comma = _behind(self._text, self._at)
            if comma is None:
                raise self._wrong()
            self._at = comma.end()
            if comma.lastindex is not None:
                self._needs_member = True
                return False
            end = b"]" if isinstance(self._container, list) else b"}"
            if not self._text.startswith(end, self._at):
                raise self._wrong()
            self._at += 1
            if not self._outside:
                if self._text[self._at :].strip(_SPACES):
                    raise self._wrong()
                return True
            self._container = self._outside.pop()

    def _whole_string(self) -> Generator[None, None, str]:
        """A string of any length."""
        text, begin = self._text, self._at
        if not text.startswith(b'"', begin):
            raise self._wrong()
        self._at += 1
        while text[self._at : self._at + 1] != b'"':
            part = _characters(text, self._at, self._at + _STRING_BYTES)
            if part is None:
                raise self._wrong()
            self._at = part.end()
            yield
        self._at += 1
        string: str = orjson.loads(text[begin : self._at])
        return string

    def _skip(self, pattern: Any) -> bytes:
        found = pattern(self._text, self._at)
        if found is None:
            raise self._wrong()
        self._at = found.end()
        skipped: bytes = found.group()
        return skipped

    def _wrong(self) -> orjson.JSONDecodeError:
        return orjson.JSONDecodeError("malformed", "", self._at)
