"""The answer to UpdateTable: the table at the moment when the change was accepted, with all changes
still under way, even if they are done immediately."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from jedlik.services.dynamodb.tables.index_changes import IndexChange
from jedlik.services.dynamodb.tables.model import (
    CREATING,
    DELETING,
    UPDATING,
    Table,
    Transition,
)

_SHOWN_UPDATING: Final = (
    "ProvisionedThroughput",
    "BillingMode",
    "TableClass",
    "StreamSpecification",
)
"""Changes that the answer shows as TableStatus UPDATING."""


def shown_at_update(
    before: Table,
    after: Table,
    changed: Sequence[str],
    index_changes: Sequence[IndexChange],
    now: float,
) -> Table:
    """The table as the answer shows it: at the moment of acceptance, with changes under way."""
    shown = after
    for change in index_changes:
        old, new = before.index(change.name), after.index(change.name)
        if change.action == "Delete" and old is not None:
            gone = replace(old, backfilling=False, transition=Transition(DELETING, math.inf))
            at = [index.id for index in before.indexes].index(old.id)
            others = [index for index in shown.indexes if index.id != old.id]
            shown = replace(shown, indexes=(*others[:at], gone, *others[at:]))
        elif change.action == "Create" and new is not None:
            # Nothing is read from the table yet.
            allocated = replace(new, backfilling=False, transition=Transition(CREATING, math.inf))
            shown = shown.with_index(allocated)
        elif change.action == "Update" and old is not None and new is not None:
            changing, warming = new.transition, new.warming
            shown = shown.with_index(
                replace(
                    new,
                    transition=changing if changing == old.transition else _lasting(changing),
                    warming=warming if warming == old.warming else _lasting(warming),
                )
            )
    if any(member in changed for member in _SHOWN_UPDATING):
        own = shown.transition
        current = own is not None and own.status == UPDATING and own.until >= now
        going_on = own if own is not None and current else Transition(UPDATING, math.inf)
        shown = replace(shown, transition=_lasting(going_on))
    if "WarmThroughput" in changed:
        shown = replace(shown, warming=_lasting(shown.warming))
    return shown


def with_vectors_shown(
    shown: Table, before: Table, after: Table, changes: Sequence[IndexChange]
) -> Table:
    """The same for vector indexes."""
    for change in changes:
        old, new = before.vector_index(change.name), after.vector_index(change.name)
        if change.action == "Delete" and old is not None:
            gone = replace(old, backfilling=False, transition=Transition(DELETING, math.inf))
            vectors = tuple(gone if each.id == old.id else each for each in before.vector_indexes)
            shown = replace(shown, vector_indexes=vectors)
        elif new is not None:
            allocated = replace(new, backfilling=False, transition=Transition(CREATING, math.inf))
            shown = shown.with_index(allocated)
    return shown


def _lasting(transition: Transition | None) -> Transition | None:
    """A change at the moment of its acceptance."""
    return None if transition is None else replace(transition, until=math.inf)
