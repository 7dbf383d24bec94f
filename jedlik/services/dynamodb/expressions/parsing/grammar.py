"""The base of grammars: walking over tokens, paths and operands.

Nothing here recurses: 4 KB may have more parentheses than Python's stack allows, so nesting is kept
in lists. Errors beyond syntax (redundant parentheses, an unknown function, a reserved word) are
noted when they are first seen, and raised when the syntax is known to be valid: that is the
service's order.
"""

from __future__ import annotations

from typing import ClassVar, NoReturn

from jedlik.base.limits import MAX_NESTING_DEPTH
from jedlik.services.dynamodb.expressions.parsing.lexer import (
    NAME,
    NUMBER,
    VALUE,
    WORD,
    Token,
    check_operators,
    invalid,
    syntax_error,
    tokenize,
)
from jedlik.services.dynamodb.expressions.parsing.reserved import is_reserved
from jedlik.services.dynamodb.expressions.parsing.syntax import FunctionCall, Operand, Path, Value

MAX_LIST_INDEX = 2**32 - 2

CONDITION_FUNCTIONS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
}
"""Functions and how many operands each takes; names are case-sensitive."""

UPDATE_FUNCTIONS = {"if_not_exists": 2, "list_append": 2}


class Grammar:
    """Walks over the tokens of one expression. Everything raises ValidationException."""

    keywords: ClassVar[frozenset[str]] = frozenset()
    functions: ClassVar[dict[str, int]] = {}
    foreign_functions: ClassVar[dict[str, int]] = {}
    kind: ClassVar[str] = ""

    def __init__(self, text: str, parameter: str) -> None:
        self.text = text
        self.parameter = parameter
        self.tokens = tokenize(text, parameter)
        self.at = 0
        self.redundant_parentheses = False
        self.unknown_function = ""
        self.misused_function = ""
        self.reserved_word = ""

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.at]

    def fail(self) -> NoReturn:
        """Raise the syntax error for the next token."""
        raise syntax_error(self.text, self.tokens, self.at, self.parameter)

    def accept(self, symbol: str) -> bool:
        """Step over the next token if it is this symbol."""
        if self.tokens[self.at].text == symbol:
            self.at += 1
            return True
        return False

    def expect(self, symbol: str) -> None:
        """Step over the next token, which has to be this symbol."""
        if not self.accept(symbol):
            self.fail()

    def keyword(self) -> str:
        """The next token as a keyword in upper case; empty if it is not one."""
        token = self.tokens[self.at]
        if token.kind == WORD:
            word = token.text.upper()
            if word in self.keywords:
                return word
        return ""

    def operand(self) -> Operand:
        """A path, a value or a call, in parentheses or not."""
        calls: list[tuple[str, list[Operand], int]] = []
        opened = self._open()
        while True:
            function = self._function()
            if function:
                calls.append((function, [], opened))
                opened = self._open()
                continue
            node: Operand = self._leaf()
            while True:
                self._close(opened)
                if not calls:
                    return node
                calls[-1][1].append(node)
                if self.accept(","):
                    opened = self._open()
                    break
                self.expect(")")
                function, operands, opened = calls.pop()
                node = FunctionCall(function, tuple(operands))
                self._note_misuse(node)

    def path(self) -> Path:
        """A document path."""
        parts: list[str | int] = [self._path_name()]
        while True:
            if self.accept("."):
                parts.append(self._path_name())
            elif self.accept("["):
                if self.token.kind != NUMBER:
                    self.fail()
                parts.append(self._index(self.token.text))
                self.at += 1
                self.expect("]")
            else:
                break
        if len(parts) > MAX_NESTING_DEPTH:
            raise invalid(
                self.parameter,
                f"The document path has too many nesting levels; nesting levels: {len(parts)}",
            )
        return Path(tuple(parts))

    def check(self) -> None:
        """Raise the noted error, if any."""
        if self.redundant_parentheses:
            raise invalid(self.parameter, "The expression has redundant parentheses;")
        if self.unknown_function:
            raise invalid(self.parameter, self._unknown(self.unknown_function))
        if self.misused_function:
            raise invalid(
                self.parameter,
                "The function is not allowed to be used this way in an expression; "
                f"function: {self.misused_function}",
            )
        check_operators(self.tokens, self.parameter)
        self.check_reserved()

    def check_reserved(self) -> None:
        """Raise the error for the first reserved word."""
        if self.reserved_word:
            raise invalid(
                self.parameter,
                f"Attribute name is a reserved keyword; reserved keyword: {self.reserved_word}",
            )

    def _unknown(self, function: str) -> str:
        if function in self.foreign_functions:
            return f"The function is not allowed in {self.kind}; function: {function}"
        return f"Invalid function name; function: {function}"

    def _open(self) -> int:
        opened = 0
        while self.accept("("):
            opened += 1
        return opened

    def _close(self, opened: int) -> None:
        for _ in range(opened):
            self.expect(")")
        if opened > 1:
            self.redundant_parentheses = True

    def _function(self) -> str:
        token = self.tokens[self.at]
        if token.kind != WORD or self.tokens[self.at + 1].text != "(" or self.keyword():
            return ""
        if token.text not in self.functions and not self.unknown_function:
            self.unknown_function = token.text
        self.at += 2
        return token.text

    def _note_misuse(self, call: FunctionCall) -> None:
        """Note a function in a place where its result cannot be used."""

    def _leaf(self) -> Path | Value:
        if self.token.kind == VALUE:
            value = Value(self.token.text)
            self.at += 1
            return value
        return self.path()

    def _path_name(self) -> str:
        token = self.tokens[self.at]
        if token.kind == WORD:
            if self.keyword():
                self.fail()
            if not self.reserved_word and is_reserved(token.text):
                self.reserved_word = token.text
        elif token.kind != NAME:
            self.fail()
        self.at += 1
        return token.text

    def _index(self, digits: str) -> int:
        # int() of thousands of digits is slow, and then fails.
        if len(digits) > 10 or int(digits) > MAX_LIST_INDEX:
            raise invalid(
                self.parameter,
                f"List index is not within the allowable range; index: [{digits}]",
            )
        return int(digits)
