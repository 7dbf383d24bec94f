"""The keys that a SELECT reads.

A WHERE clause that gives the partition key by `=` or IN, in each branch of its ORs, becomes a
sequence of reads, one for each partition and range of sort keys; the rest of it filters their
results. The service calls that decomposing and does at most 50 of them. Any other WHERE clause is a
scan of the table or index, filtered by the whole clause. Developer guide, "PartiQL select
statements for DynamoDB".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.parsing.syntax import And, ConditionTree, Or
from jedlik.services.dynamodb.expressions.paths import Values
from jedlik.services.dynamodb.partiql.columns import Columns
from jedlik.services.dynamodb.partiql.conditions import Filter, WhereChecks, filter_of
from jedlik.services.dynamodb.partiql.key_terms import (
    KeySchema,
    KeyTerm,
    WrongKeyType,
    conjuncts,
    equality,
    key_terms,
    mentions,
)
from jedlik.services.dynamodb.partiql.prepared import Prepared
from jedlik.services.dynamodb.partiql.statements import Ordering, Select

MAX_DECOMPOSED_READS: Final = 50


@dataclass(frozen=True, slots=True)
class Branch:
    """One read: a partition, a condition on the sort key or None, and the other conditions.

    `negated`: the sort key has a condition that no range of keys can express.
    """

    partition: str
    sort: KeyTerm | None
    filter: Filter | None
    negated: bool


@dataclass(frozen=True, slots=True)
class Order:
    """The order of ORDER BY, of partitions (None: as they are) and of sort keys."""

    partitions_descending: bool | None
    descending: bool


class ReadPlan:
    """A SELECT for one key schema.

    `branches` are empty if the whole table or index is scanned, with `filter`. `key` gives the
    placeholders of the only item that can match, if there is only one; `only_key` then says that it
    has no other conditions, except that the pairs of `repeats` must be equal.
    """

    __slots__ = (
        "_checks", "_typed", "branches", "columns", "filter", "key", "only_key", "order", "repeats",
    )  # fmt: skip

    def __init__(
        self, prepared: Prepared, select: Select, schema: KeySchema, values: Values
    ) -> None:
        names = prepared.names
        self._checks = WhereChecks(select.where, names, values)
        self.filter = filter_of(conjuncts(select.where), names)
        self.columns = None if select.columns is None else Columns(select.columns)
        drafts = _Decomposer(schema).drafts(select.where)
        self.branches = tuple(_branch(draft, schema, names) for draft in drafts)
        self.order = _order(select, schema, drafts)
        self._typed = tuple(dict.fromkeys(typed for draft in drafts for typed in draft.typed))
        self.key: tuple[tuple[str, str], ...] = ()
        self.only_key = False
        self.repeats: tuple[tuple[str, str], ...] = ()
        if len(drafts) == 1:
            self._set_key(drafts[0], schema)

    def _set_key(self, draft: _Draft, schema: KeySchema) -> None:
        given = {term.attribute: term for term in (draft.partition, draft.sort) if term is not None}
        if len(given) == len(schema) and all(term.operator == "=" for term in given.values()):
            self.key = tuple((name, given[name].values[0]) for name, _, _ in schema)
            self.repeats = tuple(draft.repeats)
            self.only_key = len(draft.repeats) == len(draft.rest)

    def check(self, values: Values) -> None:
        """Raise ValidationException for values of types that the statement cannot take."""
        if self._checks.needed:
            self._checks.check(values)
        for value, name, kind in self._typed:
            if kind not in values[value]:
                raise WrongKeyType(name)


def read_plan(prepared: Prepared, select: Select, schema: KeySchema, values: Values) -> ReadPlan:
    """The plan of a SELECT, from the statement's cache or made now, for `values`.

    Raises ValidationException for statements that cannot be planned and values of wrong types.
    """
    plan: ReadPlan | None = prepared.plan(schema)
    if plan is None:
        plan = ReadPlan(prepared, select, schema, values)
        prepared.keep(schema, plan)
    plan.check(values)
    return plan


# --- Decomposing ----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Draft:
    """A read as far as it is known. `repeats` are pairs of placeholders that give the same key
    attribute twice; each is also in `rest`."""

    partition: KeyTerm | None = None
    sort: KeyTerm | None = None
    rest: list[ConditionTree] = field(default_factory=list)
    repeats: list[tuple[str, str]] = field(default_factory=list)
    typed: list[tuple[str, str, str]] = field(default_factory=list)


class _Decomposer:
    def __init__(self, schema: KeySchema) -> None:
        self._kinds = {name: kind for name, kind, _ in schema}
        self._partition = next(name for name, _, role in schema if role == "HASH")
        self._sort = next((name for name, _, role in schema if role == "RANGE"), "")

    def drafts(self, where: ConditionTree | None) -> list[_Draft]:
        """The reads of a WHERE clause; empty if it does not give the partition key."""
        if where is None or not self._covers(where):
            return []
        return [self._draft(conditions) for conditions in self._branches(where)]

    def _covers(self, condition: ConditionTree) -> bool:
        """Whether the partition key has a value in every alternative of the condition."""
        if isinstance(condition, And):
            return any(self._covers(each) for each in condition.conditions)
        if isinstance(condition, Or):
            return all(self._covers(each) for each in condition.conditions)
        terms = key_terms(condition)
        return bool(terms) and terms[0].attribute == self._partition and terms[0].operator == "="

    def _branches(self, condition: ConditionTree) -> list[list[ConditionTree]]:
        """The condition as alternatives, each a list of conditions that must all hold."""
        if isinstance(condition, And):
            covered = False
            factors = []
            for each in condition.conditions:
                covers = self._covers(each)
                if (covers and not covered) or self._on_sort_keys(each):
                    factors.append(self._branches(each))
                else:
                    factors.append([[each]])
                covered |= covers
            return _joined(factors)
        if isinstance(condition, Or):
            return _bounded(
                [part for each in condition.conditions for part in self._branches(each)]
            )
        terms = key_terms(condition)
        if len(terms) > 1 and terms[0].attribute in self._kinds:
            return _bounded([[equality(term)] for term in terms])
        return [[condition]]

    def _on_sort_keys(self, condition: ConditionTree) -> bool:
        """Whether the sort key has its own range in one of the condition's alternatives."""
        if not self._sort:
            return False
        if isinstance(condition, Or):
            return not mentions(condition, self._partition) and any(
                self._on_sort_keys(each) for each in condition.conditions
            )
        if isinstance(condition, And):
            return any(self._on_sort_keys(each) for each in condition.conditions)
        terms = key_terms(condition)
        return bool(terms) and terms[0].attribute == self._sort

    def _draft(self, conditions: list[ConditionTree]) -> _Draft:
        draft = _Draft()
        # Equality first: of several conditions on the sort key, it is the narrowest.
        for condition in sorted(conditions, key=_is_no_equality):
            terms = key_terms(condition)
            if len(terms) != 1 or not self._place(draft, terms[0]):
                draft.rest.append(condition)
        return draft

    def _place(self, draft: _Draft, term: KeyTerm) -> bool:
        """Add a condition on a key attribute to the draft; False if it must be filtered."""
        if term.attribute == self._partition and term.operator == "=":
            taken = draft.partition
            draft.partition = taken or term
        elif term.attribute == self._sort:
            taken = draft.sort
            draft.sort = taken or term
        else:
            return False
        kind = self._kinds[term.attribute]
        draft.typed.extend((value, term.attribute, kind) for value in term.values)
        if taken is not None and term.operator == taken.operator == "=":
            draft.repeats.append((taken.values[0], term.values[0]))
        return taken is None


def _is_no_equality(condition: ConditionTree) -> bool:
    return not any(term.operator == "=" for term in key_terms(condition))


def _joined(factors: list[list[list[ConditionTree]]]) -> list[list[ConditionTree]]:
    """All combinations of one alternative of each factor."""
    count = 1
    for factor in factors:
        count *= len(factor)
        if count > MAX_DECOMPOSED_READS:
            raise _too_many()
    return [[each for part in parts for each in part] for parts in product(*factors)]


def _bounded(branches: list[list[ConditionTree]]) -> list[list[ConditionTree]]:
    if len(branches) > MAX_DECOMPOSED_READS:
        raise _too_many()
    return branches


def _too_many() -> ValidationException:
    return ValidationException("Too many decomposed read operations for a given query.")


def _branch(draft: _Draft, schema: KeySchema, names: Mapping[str, str]) -> Branch:
    assert draft.partition is not None
    sort = next((name for name, _, role in schema if role == "RANGE"), "")
    negated = draft.sort is None and any(mentions(each, sort) for each in draft.rest)
    return Branch(draft.partition.values[0], draft.sort, filter_of(draft.rest, names), negated)


# --- ORDER BY -------------------------------------------------------------------------------------


def _order(select: Select, schema: KeySchema, drafts: list[_Draft]) -> Order:
    if not select.order:
        return Order(None, descending=False)
    if select.where is None:
        raise ValidationException(
            "Must have WHERE clause in the statement when using ORDER BY clause."
        )
    names = [name for name, _, _ in schema]
    given: dict[str, Ordering] = {}
    for ordering in select.order:
        if ordering.attribute not in names:
            raise ValidationException(
                f"Attribute {ordering.attribute} in ORDER BY clause must be part of the primary key"
            )
        given.setdefault(ordering.attribute, ordering)
    if not drafts:
        raise ValidationException(
            "Must have at least one non-optional hash key condition in WHERE clause "
            "when using ORDER BY clause."
        )
    partition, *sort = names
    partitions = {draft.partition.values for draft in drafts if draft.partition}
    if len(partitions) > 1 and partition not in given:
        raise ValidationException(
            "Must have hash key in ORDER BY clause when more than one hash key condition "
            "specified in WHERE clause."
        )
    of_sort = given.get(sort[0]) if sort else None
    # Ordered by the partition key alone, items of a partition come last to first.
    descending = True if of_sort is None else of_sort.descending
    of_partition = given.get(partition)
    return Order(None if of_partition is None else of_partition.descending, descending)
