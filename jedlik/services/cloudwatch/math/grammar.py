"""Expressions of metric math as trees.

expression = term {("+" | "-") term}
term       = factor {("*" | "/") factor}
factor     = ["-"] power
power      = operand ["^" factor]
operand    = number | text | name | name "(" [expression {"," expression}] ")"
           | "[" expression {"," expression} "]" | "(" expression ")"
"""

from __future__ import annotations

import math
import re
from typing import Final, NamedTuple

MAX_DEPTH: Final = 20
"""Trees are walked recursively, across queries that refer to others."""
MAX_TOKENS: Final = 400

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\""
    r"|(?P<mark>[-+*/^(),\[\]]))"
)


class SyntaxFault(Exception):
    """The text is not an expression; the message says why."""


class Number(NamedTuple):
    """A constant."""

    value: float


class Text(NamedTuple):
    """A text between quotes."""

    value: str


class Name(NamedTuple):
    """The id of a query."""

    id: str


class Binary(NamedTuple):
    """Arithmetic of two operands."""

    operator: str
    left: Node
    right: Node


class FunctionCall(NamedTuple):
    """A function call."""

    function: str
    arguments: list[Node]


class Several(NamedTuple):
    """An array."""

    elements: list[Node]


Node = Number | Text | Name | Binary | FunctionCall | Several


class _Token(NamedTuple):
    kind: str
    text: str


def parse(text: str) -> Node:
    """The tree of an expression. Raises SyntaxFault."""
    parser = _Parser(_tokens(text))
    node = parser.expression(0)
    if parser.token.kind != "end":
        raise SyntaxFault(f"Unexpected '{parser.token.text}'")
    return node


def _tokens(text: str) -> list[_Token]:
    tokens = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise SyntaxFault(f"Unexpected '{text[at:].strip()[:1]}'")
        kind = found.lastgroup or ""
        tokens.append(_Token("text" if kind in ("single", "double") else kind, found[kind]))
        at = found.end()
    if len(tokens) > MAX_TOKENS:
        raise SyntaxFault("The expression is too long")
    tokens.append(_Token("end", "end of the expression"))
    return tokens


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def token(self) -> _Token:
        return self._tokens[self._at]

    def _next(self) -> _Token:
        token = self.token
        self._at += 1
        return token

    def _is(self, *marks: str) -> bool:
        return self.token.kind == "mark" and self.token.text in marks

    def _expect(self, mark: str) -> None:
        if not self._is(mark):
            raise SyntaxFault(f"Expected '{mark}' and not '{self.token.text}'")
        self._at += 1

    def expression(self, depth: int) -> Node:
        node = self._term(depth)
        while self._is("+", "-"):
            node = Binary(self._next().text, node, self._term(depth))
        return node

    def _term(self, depth: int) -> Node:
        node = self._factor(depth)
        while self._is("*", "/"):
            node = Binary(self._next().text, node, self._factor(depth))
        return node

    def _factor(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise SyntaxFault("The expression is nested too deep")
        if self._is("-"):
            self._at += 1
            return Binary("-", Number(0.0), self._factor(depth + 1))
        node = self._operand(depth + 1)
        if self._is("^"):
            self._at += 1
            return Binary("^", node, self._factor(depth + 1))
        return node

    def _operand(self, depth: int) -> Node:
        token = self._next()
        match token.kind:
            case "number":
                value = float(token.text)
                if math.isinf(value):
                    raise SyntaxFault(f"The number {token.text:.20} is too large")
                return Number(value)
            case "text":
                return Text(token.text)
            case "name":
                return self._named(token.text, depth)
        if token.kind == "mark" and token.text == "(":
            node = self.expression(depth)
            self._expect(")")
            return node
        if token.kind == "mark" and token.text == "[":
            return Several(self._list("]", depth))
        raise SyntaxFault(f"Unexpected '{token.text}'")

    def _named(self, name: str, depth: int) -> Node:
        if not self._is("("):
            return Name(name)
        self._at += 1
        if self._is(")"):
            self._at += 1
            return FunctionCall(name.upper(), [])
        return FunctionCall(name.upper(), self._list(")", depth))

    def _list(self, end: str, depth: int) -> list[Node]:
        found = [self.expression(depth)]
        while self._is(","):
            self._at += 1
            found.append(self.expression(depth))
        self._expect(end)
        return found
