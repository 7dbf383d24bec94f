"""The grammar of updates.

    update := section ...       each of SET, REMOVE, ADD, DELETE at most once
    SET path = value, ...       value := operand | operand + operand | operand - operand
    REMOVE path, ...
    ADD path :value, ...      DELETE path :value, ...

Developer guide, "Using update expressions in DynamoDB".
"""

from __future__ import annotations

from typing import ClassVar

from jedlik.services.dynamodb.expressions.parsing.grammar import (
    CONDITION_FUNCTIONS,
    UPDATE_FUNCTIONS,
    Grammar,
)
from jedlik.services.dynamodb.expressions.parsing.lexer import END, VALUE, invalid
from jedlik.services.dynamodb.expressions.parsing.syntax import (
    Action,
    FunctionCall,
    Operand,
    Value,
)

SECTIONS = frozenset(["SET", "REMOVE", "ADD", "DELETE"])


class UpdateGrammar(Grammar):
    """Reads an update expression."""

    keywords: ClassVar[frozenset[str]] = SECTIONS
    functions: ClassVar[dict[str, int]] = UPDATE_FUNCTIONS
    foreign_functions: ClassVar[dict[str, int]] = CONDITION_FUNCTIONS
    kind: ClassVar[str] = "an update expression"

    def parse(self) -> list[Action]:
        """The whole text as actions in the order of the text."""
        actions: list[Action] = []
        seen: set[str] = set()
        repeated = ""
        while True:
            section = self.keyword()
            if not section:
                self.fail()
            self.at += 1
            if section in seen:
                repeated = repeated or section
            seen.add(section)
            actions.append(self._action(section))
            while self.accept(","):
                actions.append(self._action(section))
            if self.token.kind == END:
                break
        # Reserved words come before unknown functions here, after them in conditions.
        self.check_reserved()
        self.check()
        if repeated:
            raise invalid(
                self.parameter,
                f'The "{repeated}" section can only be used once in an update expression;',
            )
        return actions

    def _note_misuse(self, call: FunctionCall) -> None:
        # The service nests if_not_exists in anything, list_append in nothing.
        if not self.misused_function and any(
            isinstance(operand, FunctionCall) and operand.function == "list_append"
            for operand in call.operands
        ):
            self.misused_function = "list_append"

    def _action(self, section: str) -> Action:
        path = self.path()
        if section == "REMOVE":
            return Action(section, path, None)
        if section == "SET":
            self.expect("=")
            return Action(section, path, self._set_value())
        if self.token.kind != VALUE:
            self.fail()
        value = Value(self.token.text)
        self.at += 1
        return Action(section, path, value)

    def _set_value(self) -> Operand:
        """An operand, a sum or a difference; parentheses may be around each of them. Whether a
        parenthesis is around an operand or the whole shows when it closes: before the operator or
        after."""
        opened = self._open()
        value = self.operand()
        closed = 0
        while closed < opened and self.accept(")"):
            closed += 1
        operator = self.token.text
        if operator in ("+", "-"):
            self.at += 1
            value = FunctionCall(operator, (value, self.operand()))
            self._close(opened - closed)
        elif closed < opened:
            self.fail()
        self.redundant_parentheses |= closed > 1
        return value
