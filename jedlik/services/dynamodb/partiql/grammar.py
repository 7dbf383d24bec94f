"""Paths and values, of which every clause of a statement consists.

    path := name | path . name | path [ index ] | path [ 'name' ]

Developer guide, "PartiQL reference"; lists are counted from 0.
"""

from __future__ import annotations

from typing import Final

from jedlik.base.errors import ValidationException
from jedlik.base.limits import MAX_NESTING_DEPTH
from jedlik.services.dynamodb.expressions.parsing.syntax import Path, Value
from jedlik.services.dynamodb.partiql.literals import LiteralGrammar
from jedlik.services.dynamodb.partiql.tokens import (
    NUMBER,
    QUOTED,
    STRING,
    WORD,
    Token,
    not_well_formed,
    refused,
)
from jedlik.services.dynamodb.partiql.walking import CLAUSE_WORDS
from jedlik.values.attribute import AttributeValue

_MAX_LIST_INDEX: Final = 2**31 - 1


class Grammar(LiteralGrammar):
    """Reads paths and values, and gathers the values."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.literals: dict[str, AttributeValue] = {}
        self.parameters = 0
        self.names: dict[str, str] = {}

    def starts_name(self) -> bool:
        """Whether an attribute or table name comes next."""
        token = self.token
        return token.kind == QUOTED or (token.kind == WORD and not self.keyword_next())

    def starts_call(self) -> bool:
        """Whether a function with its parenthesis comes next."""
        token = self.token
        return (
            token.kind == WORD
            and self.tokens[self.at + 1].text == "("
            and (token.content not in CLAUSE_WORDS or token.content == "EXISTS")
        )

    def name(self) -> str:
        """The name that comes next."""
        if not self.starts_name():
            raise self.unexpected_term()
        token = self.token
        self.at += 1
        return token.content if token.kind == QUOTED else token.text

    def name_after_dot(self) -> str:
        """The name that comes next, a further component of a path."""
        if not self.starts_name():
            raise not_well_formed("Invalid path dot component")
        return self.name()

    def path(self) -> Path:
        """The document path that comes next."""
        parts: list[str | int] = [self._attribute(self.name())]
        while True:
            if self.accept("."):
                parts.append(self._attribute(self.name_after_dot()))
            elif self.accept("["):
                parts.append(self._step())
                self.close("]")
            else:
                break
        if len(parts) > MAX_NESTING_DEPTH:
            raise ValidationException(
                f"The document path has too many nesting levels; nesting levels: {len(parts)}"
            )
        return Path(tuple(parts))

    def _attribute(self, name: str) -> str:
        if not name:
            raise ValidationException("Path component cannot be an empty string")
        if name[0] == "#":
            # In expressions such a name would be a placeholder; here it is a plain name.
            self.names[name] = name
        return name

    def _step(self) -> str | int:
        token = self.token
        if token.kind == STRING:
            self.at += 1
            return self._attribute(token.content)
        negative = False
        while self.token.text in ("+", "-"):
            negative ^= self.token.text == "-"
            self.at += 1
        token = self.token
        if token.kind != NUMBER or not token.text.isdecimal():
            raise self.unexpected_term()
        self.at += 1
        return self._index(token, negative)

    def _index(self, token: Token, negative: bool) -> int:
        digits = token.text.lstrip("0") or "0"
        # int() of thousands of digits is slow and then raises.
        if len(digits) <= 10:
            index = -int(digits) if negative else int(digits)
            if 0 <= index <= _MAX_LIST_INDEX:
                return index
        sign = "-" if negative else ""
        raise refused(
            self.text,
            token,
            f"List index is not within the allowable range; index: [{sign}{digits}]",
        )

    def value(self) -> Value:
        """The literal or parameter that comes next."""
        if self.accept("?"):
            self.parameters += 1
            return Value(f"?{self.parameters - 1}")
        return self.constant(self.literal())

    def constant(self, value: AttributeValue) -> Value:
        """The placeholder of a value that is part of the statement."""
        name = f"'{len(self.literals)}"
        self.literals[name] = value
        return Value(name)
