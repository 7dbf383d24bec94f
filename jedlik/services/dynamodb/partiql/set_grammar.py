"""SET and REMOVE of an UPDATE, as actions of an update expression.

    SET path = data, ...   REMOVE path, ...       either as often as wanted
    data := operand | operand + operand | operand - operand | list_append(operand, operand)
          | set_add(path, set) | set_delete(path, set)      the path being the one that is set

Developer guide, "PartiQL update statements for DynamoDB".
"""

from __future__ import annotations

from typing import Final

from jedlik.services.dynamodb.expressions.operand_checks import wrong_type
from jedlik.services.dynamodb.expressions.parsing.syntax import (
    Action,
    FunctionCall,
    Operand,
    Path,
    Value,
)
from jedlik.services.dynamodb.partiql.statements import SetArgument
from jedlik.services.dynamodb.partiql.tokens import Token, not_well_formed, refused
from jedlik.services.dynamodb.partiql.where_grammar import WhereGrammar
from jedlik.values.attribute import SET_TYPES

_SET_FUNCTIONS: Final = {"set_add": "ADD", "set_delete": "DELETE"}
_SETS: Final = frozenset(SET_TYPES)
_OPERAND_TYPES: Final = {"+": frozenset("N"), "-": frozenset("N"), "list_append": frozenset("L")}


class SetGrammar(WhereGrammar):
    """Reads the actions of an UPDATE."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.arguments: list[SetArgument] = []

    def actions(self) -> tuple[Action, ...]:
        """All SET and REMOVE clauses that come next, at least one."""
        found: list[Action] = []
        while True:
            if self.accept_word("SET"):
                found.append(self._set())
                while self.accept(","):
                    found.append(self._set())
            elif self.accept_word("REMOVE"):
                found.append(Action("REMOVE", self._target(), None))
                while self.accept(","):
                    found.append(Action("REMOVE", self._target(), None))
            elif found:
                return tuple(found)
            else:
                raise not_well_formed("Expected data manipulation")

    def _target(self) -> Path:
        """The path that an action sets or removes."""
        if not self.starts_name():
            raise not_well_formed("Expected identifier for simple path")
        return self.path()

    def _set(self) -> Action:
        path = self._target()
        self.expect("=", "Expected '='")
        function = self.token.text.lower() if self.starts_call() else ""
        if function in _SET_FUNCTIONS:
            return self._change_set(path, function)
        left = self._set_operand()
        operator = self.token.text
        if operator not in ("+", "-"):
            return Action("SET", path, left)
        self.at += 1
        right = self._set_operand()
        self._note(operator, left, right)
        return Action("SET", path, FunctionCall(operator, (left, right)))

    def _set_operand(self) -> Operand:
        if self.starts_call():
            return self._list_append()
        if self.starts_name():
            return self.path()
        return self.value()

    def _list_append(self) -> FunctionCall:
        token = self.token
        function = token.text.lower()
        if function != "list_append":
            raise refused(self.text, token, f"Unrecognized function: {function}")
        self.at += 2
        self._enter()
        first = self._set_operand()
        self.expect(",")
        second = self._set_operand()
        self.expect(")")
        self._depth -= 1
        self._note(function, first, second)
        return FunctionCall(function, (first, second))

    def _note(self, function: str, *operands: Operand) -> None:
        """Note which types the values among the operands must have."""
        for operand in operands:
            if isinstance(operand, Value):
                self.arguments.append(
                    SetArgument(
                        operand.name, _OPERAND_TYPES[function], wrong_type(function, "{kind}")
                    )
                )

    def _change_set(self, path: Path, function: str) -> Action:
        call = self.token
        self.at += 2
        operands: list[Path | Value] = []
        first: Token | None = None
        for _ in self.each_until(")"):
            first = first or self.token
            operands.append(self.path() if self.starts_name() else self.value())
        name = function.upper()
        if first is None or len(operands) != 2:
            raise refused(self.text, call, f"{name} must have exactly two arguments")
        if operands[0] != path:
            raise refused(
                self.text, call, f"The first argument to {name} must equal the assignment value"
            )
        problem = f"The second argument to {name} must be a value with type SET"
        if not isinstance(operands[1], Value):
            raise refused(self.text, first, problem)
        error = refused(self.text, first, problem)
        self.arguments.append(SetArgument(operands[1].name, _SETS, error.message))
        return Action(_SET_FUNCTIONS[function], path, operands[1])
