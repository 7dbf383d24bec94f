"""The trees that the grammars make of expressions; their names and values are still placeholders.

A path's parts are attribute names, placeholders of names (which begin with `#`, unlike names in a
text), and list indexes. `And` and `Or` have two or more conditions, so that a long chain is not a
deep tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Parts = tuple[str | int, ...]
"""The steps of a document path."""


@dataclass(frozen=True, slots=True)
class Path:
    """A document path."""

    parts: Parts


@dataclass(frozen=True, slots=True)
class Value:
    """A placeholder of a value, with its colon."""

    name: str


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A function with its operands; in updates also `+` and `-`."""

    function: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """Whether a condition holds, as an operand: TRUE or FALSE. Only PartiQL compares conditions."""

    condition: ConditionTree


@dataclass(frozen=True, slots=True)
class Comparison:
    """One of `=`, `<>`, `<`, `<=`, `>`, `>=` between two operands."""

    operator: str
    left: Comparand
    right: Comparand


@dataclass(frozen=True, slots=True)
class Between:
    """Both bounds included."""

    operand: Comparand
    low: Comparand
    high: Comparand


@dataclass(frozen=True, slots=True)
class In:
    """Equality with any of the options."""

    operand: Comparand
    options: tuple[Comparand, ...]


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    conditions: tuple[ConditionTree, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them."""

    conditions: tuple[ConditionTree, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    condition: ConditionTree


@dataclass(frozen=True, slots=True)
class Action:
    """One change of an update: SET has any operand, ADD and DELETE a value, REMOVE nothing."""

    section: str
    path: Path
    operand: Operand | None

    @property
    def set_to(self) -> str | None:
        """The placeholder of the value that the path is set to; None for other actions."""
        operand = self.operand
        return operand.name if self.section == "SET" and isinstance(operand, Value) else None


Operand = Path | Value | FunctionCall
Comparand = Operand | Truth
Clause = Comparison | Between | In | FunctionCall
ConditionTree = Clause | And | Or | Not


def operands_of(clause: Clause) -> tuple[Comparand, ...]:
    """The operands of a clause in the order of the text."""
    if isinstance(clause, Comparison):
        return (clause.left, clause.right)
    if isinstance(clause, Between):
        return (clause.operand, clause.low, clause.high)
    if isinstance(clause, In):
        return (clause.operand, *clause.options)
    return clause.operands


def clauses_of(condition: ConditionTree) -> list[Clause]:
    """The clauses of a condition in the order of the text; those of a condition that is compared
    come before the comparison."""
    clauses: list[Clause] = []
    waiting = [condition]
    while waiting:  # from the end of the text
        node = waiting.pop()
        if isinstance(node, And | Or):
            waiting.extend(node.conditions)
        elif isinstance(node, Not):
            waiting.append(node.condition)
        else:
            clauses.append(node)
            waiting.extend(each.condition for each in operands_of(node) if isinstance(each, Truth))
    clauses.reverse()
    return clauses


def leaves_of(operand: Comparand) -> list[Path | Value]:
    """The paths and values in an operand, in the order of the text. A condition that is compared
    has clauses of its own (`clauses_of`)."""
    leaves: list[Path | Value] = []
    waiting: list[Comparand] = [operand]
    while waiting:
        node = waiting.pop()
        if isinstance(node, FunctionCall):
            waiting.extend(reversed(node.operands))
        elif not isinstance(node, Truth):
            leaves.append(node)
    return leaves


def calls_of(operand: Comparand) -> list[FunctionCall]:
    """The calls in an operand, inner ones before outer ones."""
    calls: list[FunctionCall] = []
    waiting: list[Comparand] = [operand]
    while waiting:
        node = waiting.pop()
        if isinstance(node, FunctionCall):
            calls.append(node)
            waiting.extend(node.operands)
    calls.reverse()
    return calls


def only_replaces(actions: Sequence[Action]) -> bool:
    """Whether an update only replaces and removes whole attributes, without reading any."""
    return all(
        len(each.path.parts) == 1 and (each.operand is None or each.set_to is not None)
        for each in actions
    )


def replacements(actions: Sequence[Action]) -> set[str]:
    """The placeholders of the new values, in an update that `only_replaces`; empty for others."""
    if not only_replaces(actions):
        return set()
    return {name for each in actions if (name := each.set_to) is not None}
