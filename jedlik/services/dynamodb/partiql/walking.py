"""Walking over the tokens of one statement, for all its grammars."""

from __future__ import annotations

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
    "NEW", "NEXT", "NO", "NOTHING", "NULLIF", "NUMERIC", "OCTET_LENGTH", "OF", "OLD", "ONLY",
    "OPEN", "OPTION", "OUTPUT", "OVERLAPS", "PAD", "PARTIAL", "POSITION", "PRECISION", "PREPARE",
    "PRESERVE", "PRIMARY", "PRIOR", "PRIVILEGES", "PROCEDURE", "PUBLIC", "READ", "REAL",
    "REFERENCES", "RELATIVE", "RESTRICT", "REVOKE", "ROLLBACK", "ROWS", "SCHEMA", "SCROLL",
    "SECTION", "SESSION", "SESSION_USER", "SEXP", "SIZE", "SMALLINT", "SOME", "SPACE", "SQL",
    "SQLCODE", "SQLERROR", "SQLSTATE", "STRING", "STRUCT", "SUBSTRING", "SUM", "SYMBOL",
    "SYSTEM_USER", "TABLE", "TEMPORARY", "TIME", "TIMESTAMP", "TO", "TRANSACTION", "TRANSLATE",
    "TRANSLATION", "TRIM", "TUPLE", "UNIQUE", "UNKNOWN", "UPPER", "USAGE", "USER", "USING",
    "VALUE", "VARCHAR", "VARYING", "VIEW", "WHENEVER", "WORK", "WRITE", "ZONE",
}  # fmt: skip
"""Words that are names only in double quotes: those that SQL-92 and PartiQL reserve. The service
refuses SIZE and accepts YEAR, as PartiQL's own parser does; the 573 words that are reserved in
expressions are others."""

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
