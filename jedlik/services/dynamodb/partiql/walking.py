"""Walking over the tokens of one statement, for all its grammars."""

from __future__ import annotations

from typing import Final

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.partiql.tokens import END, WORD, Token, not_well_formed, tokenize

KEYWORDS: Final = frozenset(
    {
        "ALL", "AND", "AS", "ASC", "BETWEEN", "BY", "CASE", "CROSS", "DELETE", "DESC", "DISTINCT",
        "ELSE", "END", "ESCAPE", "EXCEPT", "EXISTS", "FALSE", "FROM", "FULL", "GROUP", "HAVING",
        "IN", "INNER", "INSERT", "INTERSECT", "INTO", "IS", "JOIN", "LEFT", "LET", "LIKE", "LIMIT",
        "MISSING", "NOT", "NULL", "OFFSET", "ON", "OR", "ORDER", "OUTER", "PIVOT", "REMOVE",
        "RETURNING", "RIGHT", "SELECT", "SET", "THEN", "TRUE", "UNION", "UNPIVOT", "UPDATE",
        "VALUES", "WHEN", "WHERE", "WITH",
    }
)  # fmt: skip
"""Words that are names only in double quotes. The service has more of them (SQL-92's); every
statement that it can read can be read here."""

_OPERATORS: Final = frozenset({"BETWEEN", "IN", "IS", "LIKE"})


class Walker:
    """The tokens of a statement and the current position."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.at = 0

    @property
    def token(self) -> Token:
        """The token that comes next."""
        return self.tokens[self.at]

    def keyword_next(self) -> str:
        """The keyword that comes next, in upper case; empty if something else does."""
        token = self.tokens[self.at]
        return token.content if token.kind == WORD and token.content in KEYWORDS else ""

    def word_is(self, word: str, ahead: int = 0) -> bool:
        """Whether a word comes next, or `ahead` tokens later, in upper or lower case."""
        token = self.tokens[min(self.at + ahead, len(self.tokens) - 1)]
        return token.kind == WORD and token.content == word

    def accept_word(self, word: str) -> bool:
        """Step over a word if it comes next."""
        if self.word_is(word):
            self.at += 1
            return True
        return False

    def accept(self, symbol: str) -> bool:
        """Step over a symbol if it comes next."""
        token = self.tokens[self.at]
        if token.text == symbol:
            self.at += 1
            return True
        return False

    def expect(self, symbol: str) -> None:
        """Step over a symbol, which must come next."""
        if not self.accept(symbol):
            raise self.unexpected_term()

    def expect_word(self, word: str) -> None:
        """Step over a word, which must come next."""
        if not self.accept_word(word):
            raise self.unexpected_term()

    def unexpected_term(self) -> ValidationException:
        """The error where a term should start and something else comes."""
        keyword = self.keyword_next()
        if keyword in _OPERATORS:
            return not_well_formed("Unexpected operator")
        return not_well_formed("Unexpected keyword" if keyword else "Unexpected term")

    def check_end(self) -> None:
        """Raise ValidationException unless the statement ends here."""
        self.accept(";")
        if self.token.kind != END:
            raise not_well_formed("Unexpected token after expression")
