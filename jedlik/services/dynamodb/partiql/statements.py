"""Statements as trees.

Values are placeholders: a literal's starts with `'`, a parameter's is `?` and its number, and their
values are kept separately (see `prepared`). Conditions, paths and updates are the trees of
`jedlik.services.dynamodb.expressions.parsing.syntax`.
"""

from __future__ import annotations

from dataclasses import dataclass

from jedlik.services.dynamodb.expressions.parsing.syntax import Action, ConditionTree, Parts


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a SELECT: the attribute's name in the answer, and the path that it reads."""

    name: str
    parts: Parts


@dataclass(frozen=True, slots=True)
class Ordering:
    """One key attribute of ORDER BY."""

    attribute: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Select:
    """SELECT; `columns` is None for `*`."""

    table: str
    index: str | None
    columns: tuple[Column, ...] | None
    where: ConditionTree | None
    order: tuple[Ordering, ...]


@dataclass(frozen=True, slots=True)
class Insert:
    """INSERT: attribute names and the placeholders of their values, or of all of the item."""

    table: str
    attributes: tuple[tuple[str, str], ...]
    whole: str | None = None


@dataclass(frozen=True, slots=True)
class SetArgument:
    """A value that an action of an UPDATE accepts only if it has one of some types."""

    value: str
    allowed: frozenset[str]
    problem: str
    """The text for another type; `{kind}` in it is that type."""


@dataclass(frozen=True, slots=True)
class Update:
    """UPDATE; `returning` as in `Delete`."""

    table: str
    actions: tuple[Action, ...]
    arguments: tuple[SetArgument, ...]
    where: ConditionTree | None
    returning: str | None


@dataclass(frozen=True, slots=True)
class Delete:
    """DELETE; `returning` is None or of the form `ALL OLD`."""

    table: str
    where: ConditionTree | None
    returning: str | None


@dataclass(frozen=True, slots=True)
class Exists:
    """EXISTS(SELECT ...): the condition check of a transaction."""

    table: str
    select: Select


Statement = Select | Insert | Update | Delete | Exists
