"""The tokens of an expression's text, and the service's syntax error.

A syntax error names the unexpected token, and quotes the text from the token before it to the one
after it. So tokens have their positions, and a character that begins no token becomes a token by
itself, which the grammar refuses at its place.

Limits: "Quotas in Amazon DynamoDB", "Expression parameters".
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final, NamedTuple

from jedlik.base.errors import InvalidParameter
from jedlik.base.limits import MAX_EXPRESSION_OPERATORS, MAX_EXPRESSION_SIZE

NAME: Final = "name"
VALUE: Final = "value"
WORD: Final = "word"
NUMBER: Final = "number"
SYMBOL: Final = "symbol"
END: Final = "end"

_TOKEN = re.compile(
    r"(?P<name>#[A-Za-z0-9_]+)"
    r"|(?P<value>:[A-Za-z0-9_]+)"
    r"|(?P<word>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<number>0|[1-9][0-9]*)"
    r"|(?P<symbol><=|>=|<>|[=<>(),.\[\]+-])"
    r"|(?P<space>[ \t\r\n]+)"
    r"|(?P<stray>.)",
    re.DOTALL,
)
_COUNTED_SYMBOLS = frozenset(["=", "<>", "<", "<=", ">", ">=", "+", "-"])
_COUNTED_WORDS = frozenset(["AND", "OR", "NOT", "BETWEEN", "IN"])


class Token(NamedTuple):
    """A token; `start` and `end` are its place in the text."""

    kind: str
    text: str
    start: int
    end: int


def invalid(parameter: str, problem: str, newer: str | None = None) -> InvalidParameter:
    """The error for an expression; `parameter` is its member of the request. PartiQL statements
    have no such member: for them it is empty, and the text is only the problem. `newer` is the
    problem in the service's newer words, if they differ."""
    if not parameter:
        return InvalidParameter(problem)
    return InvalidParameter(
        f"Invalid {parameter}: {problem}", f"Invalid {parameter}: {newer or problem}"
    )


def tokenize(text: str, parameter: str) -> list[Token]:
    """The tokens of `text`, an END last.

    Raises ValidationException for an empty or too long text.
    """
    if not text:
        raise invalid(parameter, "The expression can not be empty;")
    size = len(text) if text.isascii() else len(text.encode())
    if size > MAX_EXPRESSION_SIZE:
        too_large = "Expression size has exceeded the maximum allowed size;"
        # Only older answers have the size, and only those about conditions.
        conditions = ("ConditionExpression", "FilterExpression")
        shown = f" expression size: {size}" if parameter in conditions else ""
        raise invalid(parameter, too_large + shown, too_large)
    tokens = [
        Token(str(match.lastgroup), match.group(), match.start(), match.end())
        for match in _TOKEN.finditer(text)
        if match.lastgroup != "space"
    ]
    tokens.append(Token(END, "<EOF>", len(text), len(text)))
    return tokens


def check_operators(tokens: list[Token], parameter: str) -> None:
    """Raise ValidationException if there are too many operators and functions.

    The service stops counting at the first that is too many.
    """
    if _count_operators(tokens) > MAX_EXPRESSION_OPERATORS:
        raise invalid(
            parameter,
            "The expression contains too many operators; "
            f"operator count: {MAX_EXPRESSION_OPERATORS + 1}",
        )


def _count_operators(tokens: list[Token]) -> int:
    count = 0
    for token, after in pairwise(tokens):
        if token.kind == SYMBOL:
            count += token.text in _COUNTED_SYMBOLS
        elif token.kind == WORD:
            keyword = token.text.upper()
            if keyword in _COUNTED_WORDS:
                # The AND of BETWEEN is not an operator of its own.
                count += keyword != "BETWEEN"
            else:
                count += after.text == "("
    return count


def syntax_error(text: str, tokens: list[Token], at: int, parameter: str) -> InvalidParameter:
    """The error for an unexpected token; `at` is its index in `tokens`."""
    token = tokens[at]
    first = tokens[at - 1] if at else token
    last = token if token.kind == END else tokens[at + 1]
    if last.kind == END:
        last = tokens[at - 1] if token.kind == END else token
    near = text[first.start : last.end]
    return invalid(parameter, f'Syntax error; token: "{token.text}", near: "{near}"')
