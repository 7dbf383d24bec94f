"""Text of a statement to tokens, and the errors of statements.

For many unsupported requests in a statement the service reports the position, as
`at line:column:length`, counted in characters from 1. For a statement that it cannot read it
reports no position.

Developer guide, "PartiQL reference": names in double quotes, strings in single quotes, a quote in
either doubled; comments after `--` and between `/*` and `*/`.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from jedlik.base.errors import ValidationException

WORD: Final = "word"
QUOTED: Final = "quoted"
STRING: Final = "string"
NUMBER: Final = "number"
SYMBOL: Final = "symbol"
END: Final = "end"

NOT_WELL_FORMED: Final = "Statement wasn't well formed, can't be processed: "

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+|--[^\n]*|/\*.*?\*/)"
    r"|(?P<word>[A-Za-z_$][A-Za-z0-9_$]*)"
    r'|(?P<quoted>"[^"]*(?:""[^"]*)*")'
    r"|(?P<string>'[^']*(?:''[^']*)*')"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<symbol><<|>>|<=|>=|<>|!=|[=<>(),.\[\]{}:?*+;-])",
    re.DOTALL,
)


class Token(NamedTuple):
    """A token. `text` is as written; words also have `word`, in upper case. `content` is the name
    or string between quotes; `start` and `end` are its position."""

    kind: str
    text: str
    content: str
    start: int
    end: int


def place(text: str, token: Token) -> str:
    """The position of a token: `at line:column:length`."""
    line = text.count("\n", 0, token.start) + 1
    column = token.start - text.rfind("\n", 0, token.start)
    return f"at {line}:{column}:{max(1, token.end - token.start)}"


def not_well_formed(problem: str = "") -> ValidationException:
    """The error for a statement that cannot be read; `problem` is the service's text."""
    return ValidationException(NOT_WELL_FORMED + problem)


def refused(text: str, token: Token, problem: str) -> ValidationException:
    """The error for a statement that requests something unsupported."""
    return ValidationException(f"{problem} {place(text, token)}")


def tokenize(text: str) -> list[Token]:
    """The tokens of a statement, an END last. Raises ValidationException for other characters."""
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise not_well_formed()
        kind, written = str(match.lastgroup), match.group()
        if kind != "space":
            tokens.append(Token(kind, written, _content(kind, written), at, match.end()))
        at = match.end()
    tokens.append(Token(END, "", "", len(text), len(text)))
    return tokens


def _content(kind: str, written: str) -> str:
    if kind == QUOTED:
        return written[1:-1].replace('""', '"')
    if kind == STRING:
        return written[1:-1].replace("''", "'")
    return written.upper() if kind == WORD else written
