"""Texts of conditions of one kind, and their plans with names resolved.

Filters, conditions of writes, key conditions and search conditions have the same grammar and
checks; they differ in their plans.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, Protocol, TypeVar

from jedlik.services.dynamodb.expressions.conditions.checks import (
    check_condition,
    condition_checks,
    condition_leaves,
)
from jedlik.services.dynamodb.expressions.parsing.condition_grammar import ConditionGrammar
from jedlik.services.dynamodb.expressions.parsing.syntax import ConditionTree, clauses_of
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.expressions.plans import Parsed, ParsedTexts
from jedlik.services.dynamodb.expressions.value_checks import ValueChecks


class Plan(Protocol):
    """A plan of a text. It has the placeholders of names in the text, and the checks of its
    values."""

    @property
    def names(self) -> frozenset[str]: ...

    @property
    def checks(self) -> ValueChecks: ...


PlanT = TypeVar("PlanT", bound=Plan)


class ConditionTexts(Generic[PlanT]):
    """The texts of one kind of conditions. `make` makes a plan from a parsed text, its resolved
    names, and the checks of its values."""

    def __init__(
        self,
        make: Callable[[Parsed[ConditionTree, PlanT], Mapping[str, str], ValueChecks], PlanT],
    ) -> None:
        self._make = make
        self._texts: ParsedTexts[ConditionTree, PlanT] = ParsedTexts(_parsed)

    def plan(self, text: str, placeholders: Placeholders, parameter: str) -> PlanT:
        """The plan of a text, from the cache or made now; `parameter` is its member of the request.
        Raises ValidationException."""
        parsed = self._texts.get(text, parameter)
        key = parsed.key(placeholders.names)
        plan = parsed.plans.get(key)
        if plan is None or not plan.checks.accept(placeholders.values, parameter):
            check_condition(parsed.tree, parameter, placeholders.names, placeholders.values)
            checks = condition_checks(parsed.values, clauses_of(parsed.tree))
            made = self._make(parsed, placeholders.names, checks)
            plan = self._texts.keep(text, key, made)
        placeholders.note_used(plan.names, plan.checks.values)
        return plan


MadeT = TypeVar("MadeT")


class TextPlan(Generic[MadeT]):
    """A plan that has one result of `make`."""

    __slots__ = ("checks", "made", "names")

    def __init__(self, names: frozenset[str], checks: ValueChecks, made: MadeT) -> None:
        self.names = names
        self.checks = checks
        self.made = made


def texts_of(
    make: Callable[[ConditionTree, Mapping[str, str]], MadeT],
) -> ConditionTexts[TextPlan[MadeT]]:
    """Texts whose plans have one result: that of `make` for the tree and its resolved names."""

    def plan(
        parsed: Parsed[ConditionTree, TextPlan[MadeT]],
        names: Mapping[str, str],
        checks: ValueChecks,
    ) -> TextPlan[MadeT]:
        # What is made may keep the names: those of the text, not all of the request.
        used = {name: names[name] for name in parsed.names}
        return TextPlan(parsed.names, checks, make(parsed.tree, used))

    return ConditionTexts(plan)


def _parsed(text: str, parameter: str) -> Parsed[ConditionTree, PlanT]:
    tree = ConditionGrammar(text, parameter).parse()
    return Parsed(tree, condition_leaves(tree))
