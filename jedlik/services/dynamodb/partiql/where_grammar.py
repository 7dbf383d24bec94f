"""WHERE: conditions as trees of `jedlik.services.dynamodb.expressions.parsing.syntax`.

    condition := condition OR condition | condition AND condition | NOT condition | (condition)
               | term comparator term | term [NOT] BETWEEN term AND term
               | term [NOT] IN [term, ...] | path IS [NOT] MISSING | path IS [NOT] NULL
               | path IS [NOT] type | function(term, ...)

A term of `=`, `<>` and IN may be a condition itself: it is TRUE or FALSE.

Functions and keywords are case-insensitive. Precedence, from tightest: comparisons, NOT, AND, OR.
The language is that of condition expressions in another notation, so the trees, their checks and
their closures are the same: `a IS MISSING` is attribute_not_exists(a). Developer guide, "PartiQL
arithmetic, comparison, and logical operators for DynamoDB" and "Use PartiQL functions with
DynamoDB".

Reading recurses into parentheses; their depth is bounded, far below the limit of Python's stack.
"""

from __future__ import annotations

from typing import Final, TypeGuard

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.parsing.syntax import (
    And,
    Between,
    Comparand,
    Comparison,
    ConditionTree,
    FunctionCall,
    In,
    Not,
    Operand,
    Or,
    Path,
    Truth,
    Value,
)
from jedlik.services.dynamodb.partiql.grammar import Grammar
from jedlik.services.dynamodb.partiql.tokens import END, WORD, not_well_formed, refused

MAX_PARENTHESES: Final = 64
"""How deep parentheses and function calls may nest in a WHERE clause."""

MAX_COMPARED: Final = 64
"""How many conditions may be compared in a WHERE clause; each may be within another."""

_COMPARATORS: Final = {
    "=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">=",
}  # fmt: skip

_CONDITIONS: Final = frozenset(
    {"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"}
)
_BRACKETS: Final = {"[": "]", "(": ")", "<<": ">>"}

_TYPES: Final[dict[str, tuple[str, ...]]] = {
    "NULL": ("NULL",),
    **dict.fromkeys(("BOOL", "BOOLEAN"), ("BOOL",)),
    **dict.fromkeys(
        (
            "SMALLINT", "INTEGER", "INT", "INT2", "INT4", "INT8", "INTEGER2", "INTEGER4",
            "INTEGER8", "BIGINT", "FLOAT", "REAL", "DOUBLE", "DECIMAL", "DEC", "NUMERIC", "NUMBER",
        ),
        ("N",),
    ),
    **dict.fromkeys(("STRING", "VARCHAR", "CHAR", "CHARACTER", "SYMBOL"), ("S",)),
    **dict.fromkeys(("BLOB", "CLOB"), ("B",)),
    **dict.fromkeys(("STRUCT", "TUPLE", "MAP"), ("M",)),
    "LIST": ("L",),
    "BAG": ("SS", "NS", "BS"),
}  # fmt: skip
_NO_CLAUSE: Final = "WHERE clause must contain an expression that resolves to a boolean"
_NO_ARGUMENT_OF_NOT: Final = "The argument to NOT must be a Type or Expression"
_NO_OPTIONS: Final = (
    "IN operator must have a left hand argument of type Variable Reference and right hand argument "
    "of type Seq with at least one member"
)
_SECOND_WORDS: Final = {"DOUBLE": "PRECISION", "CHARACTER": "VARYING"}

_Term = ConditionTree | Operand


class WhereGrammar(Grammar):
    """Reads conditions."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._truths = 0

    def condition(self) -> ConditionTree:
        """The condition that comes next."""
        term = self._or()
        if _is_condition(term):
            return term
        starts_term = self.starts_name() or self.starts_literal() or self.word_is("NOT")
        if starts_term or self.token.text == "?":
            raise not_well_formed("Unexpected token after expression")
        raise ValidationException(_NO_CLAUSE)

    # --- Precedence -------------------------------------------------------------------------------

    def _or(self) -> _Term:
        first = self._and()
        if not self.word_is("OR"):
            return first
        found = [self._joined(first)]
        while self.accept_word("OR"):
            self._check_right_side()
            found.append(self._joined(self._and()))
        return Or(tuple(inner for each in found for inner in _of(Or, each)))

    def _and(self) -> _Term:
        first = self._not()
        if not self.word_is("AND"):
            return first
        found = [self._joined(first)]
        while self.accept_word("AND"):
            self._check_right_side()
            found.append(self._joined(self._not()))
        return And(tuple(inner for each in found for inner in _of(And, each)))

    def _check_right_side(self) -> None:
        if self.token.kind == END or self.token.text == ";":
            raise not_well_formed("Missing right-hand side expression of infix operator")

    def _not(self) -> _Term:
        if not self.word_is("NOT"):
            return self._predicate()
        negated = False
        while self.accept_word("NOT"):
            negated = not negated
        condition = self._condition(self._predicate(), _NO_ARGUMENT_OF_NOT)
        return _negation(condition) if negated else condition

    def _joined(self, term: _Term) -> ConditionTree:
        return self._condition(term, "The arguments to AND/OR must be Expressions")

    def _condition(self, term: _Term, problem: str) -> ConditionTree:
        """The term, which must be a condition; `problem` is the error for a value."""
        if isinstance(term, Path | Value):
            raise ValidationException(problem)
        if isinstance(term, FunctionCall) and term.function == "size":
            raise ValidationException(
                "The function is not allowed to be used this way in an expression; function: size"
            )
        return term

    # --- Clauses ----------------------------------------------------------------------------------

    def _predicate(self) -> _Term:
        left = self._term()
        while True:
            operator = _COMPARATORS.get(self.token.text)
            if operator is not None:
                self.at += 1
                self._check_right_side()
                left = self._comparison(operator, left, self._term())
            elif self.word_is("IS"):
                self.at += 1
                left = self._is(left)
            elif self.word_is("NOT") and (self.word_is("IN", 1) or self.word_is("BETWEEN", 1)):
                self.at += 1
                left = _negation(self._ranged(self._comparand(left)))
            elif self.word_is("IN") or self.word_is("BETWEEN"):
                left = self._ranged(self._comparand(left))
            elif self.word_is("LIKE") or (self.word_is("NOT") and self.word_is("LIKE", 1)):
                raise refused(self.text, self.token, "Unsupported operator: LIKE")
            else:
                return left

    def _comparison(self, operator: str, left: _Term, right: _Term) -> ConditionTree:
        """A comparison; of a condition with TRUE or FALSE, it is the condition or its negation."""
        for one, other in ((left, right), (right, left)):
            if operator in ("=", "<>") and _is_condition(one) and isinstance(other, Value):
                truth = self.literals.get(other.name, {})
                if "BOOL" in truth:
                    return one if truth["BOOL"] == (operator == "=") else _negation(one)
        return Comparison(operator, self._comparand(left), self._comparand(right))

    def _ranged(self, operand: Comparand) -> ConditionTree:
        if self.accept_word("BETWEEN"):
            low = self._comparand(self._term())
            self.expect_word("AND", "Expected AND keyword")
            if self.token.kind == END or self.token.text == ";":
                raise not_well_formed("Expected expression after AND")
            return Between(operand, low, self._comparand(self._term()))
        self.expect_word("IN")
        self._check_right_side()
        closing = _BRACKETS.get(self.token.text)
        if closing is None:
            self._term()
            raise ValidationException(_NO_OPTIONS)
        self.at += 1
        if self.token.text == closing:
            raise self.unexpected_term() if closing == ")" else ValidationException(_NO_OPTIONS)
        options = [self._comparand(self._term()) for _ in self.each_until(closing)]
        return In(operand, tuple(options))

    def _is(self, term: _Term) -> ConditionTree:
        negated = self.accept_word("NOT")
        operand = self._operand(term)
        if self.accept_word("MISSING"):
            missing: ConditionTree = FunctionCall("attribute_not_exists", (operand,))
            return FunctionCall("attribute_exists", (operand,)) if negated else missing
        token = self.token
        kinds = _TYPES.get(token.content) if token.kind == WORD else None
        if kinds is None:
            raise not_well_formed("Expected type name")
        self.at += 1
        self.accept_word(_SECOND_WORDS.get(token.content, ""))
        tests = [
            FunctionCall("attribute_type", (operand, self.constant({"S": kind}))) for kind in kinds
        ]
        condition: ConditionTree = tests[0] if len(tests) == 1 else Or(tuple(tests))
        return Not(condition) if negated else condition

    # --- Terms ------------------------------------------------------------------------------------

    def _term(self) -> _Term:
        if self.accept("("):
            self._enter()
            term = self._or()
            self.close(")")
            self._depth -= 1
            return term
        if self.starts_call():
            return self._call()
        if self.starts_name():
            return self.path()
        if self.token.text == "?" or self.starts_literal():
            return self.value()
        if self.word_is("MISSING") and self.tokens[self.at + 1].text != "(":
            raise ValidationException("MISSING must be compared using IS operator")
        raise self.unexpected_term()

    def _call(self) -> FunctionCall:
        token = self.token
        function = token.text.lower()
        if function not in _CONDITIONS and function != "size":
            raise refused(self.text, token, f"Unrecognized function: {function}")
        self.at += 2
        self._enter()
        operands = [self._operand(self._term()) for _ in self.each_until(")")]
        self._depth -= 1
        return FunctionCall(function, tuple(operands))

    def _comparand(self, term: _Term) -> Comparand:
        """The term as one that is compared."""
        if not _is_condition(term):
            return self._operand(term)
        self._truths += 1
        if self._truths > MAX_COMPARED:
            raise not_well_formed("Too many nested conditions")
        return Truth(term)

    def _operand(self, term: _Term) -> Operand:
        """The term, which must be a value, not a condition."""
        if isinstance(term, Path | Value):
            return term
        if isinstance(term, FunctionCall):
            if term.function == "size":
                return term
            raise ValidationException(
                "The function is not allowed to be used this way in an expression; "
                f"function: {term.function}"
            )
        raise not_well_formed("Unexpected term")

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > MAX_PARENTHESES:
            raise not_well_formed("Too many nested parentheses")


def _is_condition(term: _Term) -> TypeGuard[ConditionTree]:
    if isinstance(term, FunctionCall):
        return term.function != "size"
    return not isinstance(term, Path | Value)


def _of(kind: type[And | Or], condition: ConditionTree) -> tuple[ConditionTree, ...]:
    """The conditions that a chain of one kind joins; nested chains are flattened."""
    return condition.conditions if isinstance(condition, kind) else (condition,)


def _negation(condition: ConditionTree) -> ConditionTree:
    return condition.condition if isinstance(condition, Not) else Not(condition)
