"""Texts of conditions of one kind, and what is planned of them with their names resolved.

Filters and conditions of writes, key conditions and search conditions have one grammar and the same
checks; they differ in what is made of the tree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, Protocol, TypeVar

from jedlik.services.dynamodb.expressions.checks import check_condition, condition_leaves
from jedlik.services.dynamodb.expressions.condition_grammar import ConditionGrammar
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.expressions.plans import Parsed, ParsedTexts
from jedlik.services.dynamodb.expressions.syntax import ConditionTree, clauses_of
from jedlik.services.dynamodb.expressions.value_checks import ValueChecks, condition_checks


class Plan(Protocol):
    """What is made of a text: the placeholders of names in it, and the checks of its values."""

    @property
    def names(self) -> frozenset[str]: ...

    @property
    def checks(self) -> ValueChecks: ...


PlanT = TypeVar("PlanT", bound=Plan)


class ConditionTexts(Generic[PlanT]):
    """The texts of one kind of conditions. `make` plans a tree: it is given what was parsed, what
    its names stand for, and the checks of its values."""

    def __init__(
        self,
        make: Callable[[Parsed[ConditionTree, PlanT], Mapping[str, str], ValueChecks], PlanT],
    ) -> None:
        self._make = make
        self._texts: ParsedTexts[ConditionTree, PlanT] = ParsedTexts(_parsed)

    def plan(self, text: str, placeholders: Placeholders, parameter: str) -> PlanT:
        """The plan of a text, from the cache or made; `parameter` is the request's member that
        holds it. Raises ValidationException for anything that is wrong with it."""
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
    """The plan of a text of which one thing is made."""

    __slots__ = ("checks", "made", "names")

    def __init__(self, names: frozenset[str], checks: ValueChecks, made: MadeT) -> None:
        self.names = names
        self.checks = checks
        self.made = made


def texts_of(
    make: Callable[[ConditionTree, Mapping[str, str]], MadeT],
) -> ConditionTexts[TextPlan[MadeT]]:
    """Texts of which `make` makes one thing, given the tree and what its names stand for."""

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
