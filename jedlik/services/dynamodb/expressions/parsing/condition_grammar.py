"""The grammar of conditions, filters and key conditions.

    condition := operand comparator operand | operand BETWEEN operand AND operand
               | operand IN (operand, ...) | function(operand, ...)
               | condition AND condition | condition OR condition | NOT condition | (condition)

Precedence, from tightest: comparisons, NOT, AND, OR (developer guide, "Condition and filter
expressions, operators, and functions"). A parenthesis may open a condition or an operand, which
only the following text shows. So both are read by one loop over a stack of operators, which checks
whether each result is valid in its place.
"""

from __future__ import annotations

from typing import ClassVar

from jedlik.services.dynamodb.expressions.parsing.grammar import (
    CONDITION_FUNCTIONS,
    UPDATE_FUNCTIONS,
    Grammar,
)
from jedlik.services.dynamodb.expressions.parsing.lexer import END
from jedlik.services.dynamodb.expressions.parsing.syntax import (
    And,
    Between,
    Clause,
    Comparand,
    Comparison,
    ConditionTree,
    FunctionCall,
    In,
    Not,
    Operand,
    Or,
    Path,
    Value,
)

COMPARATORS = frozenset(["=", "<>", "<", "<=", ">", ">="])
_PRECEDENCE = {"(": 0, "OR": 1, "AND": 2, "NOT": 3}


class ConditionGrammar(Grammar):
    """Reads a condition."""

    keywords: ClassVar[frozenset[str]] = frozenset(["AND", "OR", "NOT", "BETWEEN", "IN"])
    functions: ClassVar[dict[str, int]] = CONDITION_FUNCTIONS
    foreign_functions: ClassVar[dict[str, int]] = UPDATE_FUNCTIONS
    kind: ClassVar[str] = "a condition expression"

    def __init__(self, text: str, parameter: str) -> None:
        super().__init__(text, parameter)
        self._nodes: list[ConditionTree | Operand] = []
        self._operators: list[str] = []

    def parse(self) -> ConditionTree:
        """The whole text as a condition."""
        while True:
            self._term()
            keyword = self._after_term()
            if not keyword:
                break
            while self._operators and _PRECEDENCE[self._operators[-1]] >= _PRECEDENCE[keyword]:
                self._reduce()
            self._operators.append(keyword)
        condition = self._condition()
        self.check()
        return condition

    def _term(self) -> None:
        """Opening parentheses and NOTs, then an operand or a function."""
        while True:
            if self.accept("("):
                self._operators.append("(")
            elif self.keyword() == "NOT":
                self.at += 1
                self._operators.append("NOT")
            else:
                break
        self._nodes.append(self.operand())

    def _after_term(self) -> str:
        """What follows a term, up to the next AND or OR, which is returned; empty at the end."""
        wrapped = False
        while True:
            keyword = self.keyword()
            if self.token.text in COMPARATORS or keyword in ("BETWEEN", "IN"):
                self._clause(keyword)
                wrapped = False
            elif keyword in ("AND", "OR"):
                self._condition()
                self.at += 1
                return keyword
            elif self.token.text == ")":
                wrapped = self._close_condition(wrapped)
            elif self.token.kind == END:
                while self._operators:
                    if self._operators[-1] == "(":
                        self.fail()
                    self._condition()
                    self._reduce()
                return ""
            else:
                self.fail()

    def _close_condition(self, wrapped: bool) -> bool:
        """A closing parenthesis; `wrapped` says whether the last term is one in parentheses."""
        joined = False
        while self._operators and self._operators[-1] != "(":
            self._condition()
            self._reduce()
            joined = True
        if not self._operators:
            self.fail()
        self._operators.pop()
        self.at += 1
        if wrapped and not joined:
            self.redundant_parentheses = True
        return True

    def _clause(self, keyword: str) -> None:
        left = self._nodes[-1]
        if not isinstance(left, Path | Value | FunctionCall):
            self.fail()
        operator = self.token.text
        self.at += 1
        clause: Clause
        if keyword == "BETWEEN":
            low = self.operand()
            if self.keyword() != "AND":
                self.fail()
            self.at += 1
            clause = Between(left, low, self.operand())
            self._note_operands(left, clause.low, clause.high)
        elif keyword == "IN":
            self.expect("(")
            options = [self.operand()]
            while self.accept(","):
                options.append(self.operand())
            self.expect(")")
            clause = In(left, tuple(options))
            self._note_operands(left, *options)
        else:
            clause = Comparison(operator, left, self.operand())
            self._note_operands(left, clause.right)
        self._nodes[-1] = clause

    def _condition(self) -> ConditionTree:
        """The last node, which must be a condition."""
        node = self._nodes[-1]
        if isinstance(node, Path | Value):
            self.fail()
        if isinstance(node, FunctionCall) and node.function == "size":
            self._note_operands(FunctionCall("size", ()), allowed="")
        return node

    def _reduce(self) -> None:
        operator = self._operators.pop()
        last = self._condition()
        if operator == "NOT":
            # Two NOTs cancel out; otherwise a row of them would become a deep tree.
            self._nodes[-1] = last.condition if isinstance(last, Not) else Not(last)
            return
        self._nodes.pop()
        first = self._condition()
        kind = And if operator == "AND" else Or
        before = first.conditions if isinstance(first, kind) else (first,)
        after = last.conditions if isinstance(last, kind) else (last,)
        self._nodes[-1] = kind((*before, *after))

    def _note_misuse(self, call: FunctionCall) -> None:
        self._note_operands(*call.operands)

    def _note_operands(self, *operands: Comparand, allowed: str = "size") -> None:
        if self.misused_function:
            return
        for operand in operands:
            if isinstance(operand, FunctionCall) and operand.function != allowed:
                self.misused_function = operand.function
                return
