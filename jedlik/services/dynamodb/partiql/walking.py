"""Walking over the tokens of one statement, for all its grammars.

The service reads statements with PartiQL's own parser and answers with that parser's words, so what
this package says about statements that are not well formed is what that parser says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.partiql.tokens import END, WORD, Token, not_well_formed, tokenize

CLAUSE_WORDS: Final = frozenset(
    {
        "ALL", "AND", "AS", "ASC", "BETWEEN", "BY", "CASE", "CROSS", "DELETE", "DESC", "DISTINCT",
        "ELSE", "END", "ESCAPE", "EXCEPT", "EXISTS", "FALSE", "FROM", "FULL", "GROUP", "HAVING",
        "IN", "INNER", "INSERT", "INTERSECT", "INTO", "IS", "JOIN", "LEFT", "LET", "LIKE", "LIMIT",
        "MISSING", "NOT", "NULL", "OFFSET", "ON", "OR", "ORDER", "OUTER", "PIVOT", "REMOVE",
        "RETURNING", "RIGHT", "SELECT", "SET", "THEN", "TRUE", "UNION", "UNPIVOT", "UPDATE",
        "VALUES", "WHEN", "WHERE", "WITH",
    }
)  # fmt: skip
"""Keywords that structure statements; a parenthesis after one opens no function call."""

KEYWORDS: Final = CLAUSE_WORDS | {
    "ABSOLUTE", "ACTION", "ADD", "ALLOCATE", "ALTER", "ANY", "ARE", "ASSERTION", "AT",
    "AUTHORIZATION", "AVG", "BAG", "BEGIN", "BIT", "BIT_LENGTH", "BLOB", "BOOL", "BOOLEAN",
    "CASCADE", "CASCADED", "CAST", "CATALOG", "CHAR", "CHARACTER", "CHARACTER_LENGTH",
    "CHAR_LENGTH", "CHECK", "CLOB", "CLOSE", "COALESCE", "COLLATE", "COLLATION", "COLUMN",
    "COMMIT", "CONFLICT", "CONNECT", "CONNECTION", "CONSTRAINT", "CONSTRAINTS", "CONTINUE",
    "CONVERT", "CORRESPONDING", "COUNT", "CREATE", "CURRENT", "CURRENT_DATE", "CURRENT_TIME",
    "CURRENT_TIMESTAMP", "CURRENT_USER", "CURSOR", "DATE", "DEALLOCATE", "DEC", "DECIMAL",
    "DECLARE", "DEFAULT", "DEFERRABLE", "DEFERRED", "DESCRIBE", "DESCRIPTOR", "DIAGNOSTICS",
    "DISCONNECT", "DO", "DOMAIN", "DOUBLE", "DROP", "EXCEPTION", "EXEC", "EXECUTE", "EXTERNAL",
    "EXTRACT", "FETCH", "FIRST", "FLOAT", "FOR", "FOREIGN", "FOUND", "GET", "GLOBAL", "GO", "GOTO",
    "GRANT", "IDENTITY", "IMMEDIATE", "INDEX", "INDICATOR", "INITIALLY", "INPUT", "INSENSITIVE",
    "INT", "INTEGER", "INTERVAL", "ISOLATION", "KEY", "LANGUAGE", "LAST", "LEVEL", "LIST", "LOCAL",
    "LOWER", "MATCH", "MAX", "MIN", "MODIFIED", "MODULE", "NAMES", "NATIONAL", "NATURAL", "NCHAR",
    "NEW", "NEXT", "NO", "NOTHING", "NULLIF", "NUMERIC", "OCTET_LENGTH", "OF", "OLD", "OPEN",
    "OPTION", "OUTPUT", "OVERLAPS", "PAD", "PARTIAL", "POSITION", "PRECISION", "PREPARE",
    "PRESERVE", "PRIMARY", "PRIOR", "PRIVILEGES", "PROCEDURE", "PUBLIC", "READ", "REAL",
    "REFERENCES", "RELATIVE", "RESTRICT", "REVOKE", "ROLLBACK", "ROWS", "SCHEMA", "SCROLL",
    "SECTION", "SESSION", "SESSION_USER", "SEXP", "SIZE", "SMALLINT", "SOME", "SPACE", "SQL",
    "SQLCODE", "SQLERROR", "SQLSTATE", "STRING", "STRUCT", "SUBSTRING", "SUM", "SYMBOL",
    "SYSTEM_USER", "TABLE", "TEMPORARY", "TIME", "TIMESTAMP", "TO", "TRANSACTION", "TRANSLATE",
    "TRANSLATION", "TRIM", "TUPLE", "UNIQUE", "UNKNOWN", "UPPER", "USAGE", "USER", "USING",
    "VALUE", "VARCHAR", "VARYING", "VIEW", "WHENEVER", "WORK", "WRITE", "ZONE",
}  # fmt: skip
"""Words that are names only in double quotes: those that SQL-92 and PartiQL reserve. The service
refuses SIZE and accepts YEAR, as PartiQL's own parser does, but also accepts ONLY (Floci's tests of
the documented syntax, September 2026); the 573 words that are reserved in expressions are
others."""

_OPERATORS: Final = frozenset(
    {
        "AND", "BETWEEN", "EXCEPT", "IN", "INTERSECT", "IS", "LIKE", "OR", "UNION",
        "=", "<>", "!=", "<", "<=", ">", ">=",
    }
)  # fmt: skip
_SEPARATORS: Final = frozenset({"AS", "AT", "BY", "FOR"})
_CLOSING: Final = {
    ")": "RIGHT_PAREN", "]": "RIGHT_BRACKET", "}": "RIGHT_CURLY",
    ">>": "RIGHT_DOUBLE_ANGLE_BRACKET",
}  # fmt: skip


class Walker:
    """The tokens of a statement and the current position. Everything raises
    ValidationException."""

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

    def expect(self, symbol: str, problem: str = "") -> None:
        """Step over a symbol, which must come next; `problem` is the error if it does not."""
        if not self.accept(symbol):
            raise not_well_formed(problem) if problem else self.unexpected_term()

    def expect_word(self, word: str, problem: str = "") -> None:
        """Step over a word, which must come next; `problem` is the error if it does not."""
        if not self.accept_word(word):
            raise not_well_formed(problem) if problem else self.unexpected_term()

    def close(self, symbol: str) -> None:
        """Step over the symbol that closes a list or group, which must come next."""
        self.expect(symbol, f"Expected {_CLOSING[symbol]}")

    def each_until(self, closing: str) -> Iterator[None]:
        """Stops at each item of a list, steps over the commas between them and over its end."""
        if self.accept(closing):
            return
        yield
        while self.accept(","):
            yield
        self.close(closing)

    def unexpected_term(self) -> ValidationException:
        """The error where a term should start and something else comes."""
        keyword = self.keyword_next()
        if (keyword or self.token.text) in _OPERATORS:
            return not_well_formed("Unexpected operator")
        if keyword and keyword not in _SEPARATORS:
            return not_well_formed("Unexpected keyword")
        return not_well_formed("Unexpected term")

    def check_end(self) -> None:
        """Raise ValidationException unless the statement ends here."""
        problem = "Unexpected token after expression"
        if self.accept(";"):
            problem = "Unexpected token after semicolon. (Only one query is allowed.)"
        if self.token.kind != END:
            raise not_well_formed(problem)
