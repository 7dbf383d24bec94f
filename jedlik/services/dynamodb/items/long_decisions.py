"""Long decisions: made before the engine's lock is held, and only confirmed under it.

A write decides under the lock of its commit, while all other writes wait. A condition may make a
hundred tests of an item of 400 KB, an update may put a list of 100,000 elements into an item a
hundred times, and a transaction may do that to a hundred items, which takes seconds or minutes. So
the work of a task under the lock is limited (`Decisions.room`). A task that would need more ends as
`Undecided`, and changes nothing. Its long decisions are then made on a snapshot, while others are
served in between, and the task runs again with them. A decision that was made on the bytes present
now is valid; for an item that has changed meanwhile it has to be made again.

    task        under lock: too long -> Undecided       under lock: same bytes -> the decision
    event loop                           a snapshot, decided in turns

So that a write that others keep overtaking succeeds too, each attempt may do twice as much under
the lock as the one before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from jedlik.base.aside import aside
from jedlik.base.errors import ServiceError
from jedlik.base.places import Caller
from jedlik.base.turns import Turns, in_turns
from jedlik.services.dynamodb.database.database import LONG_DECODED, Database
from jedlik.services.dynamodb.items.actions import Action, Guarded
from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.storage.engine import Value
from jedlik.values.image import Image

SHORT: Final = 32 * 1024
"""Bytes of a stored item, times how often an action reads it, and those of what it makes: up to
here a decision counts for nothing, since it takes no longer than the rest of the write. Nearly all
are such."""

PART: Final = 16
"""Bytes of a stored item that are read in the time that a part of a value takes."""

UNDER_LOCK: Final = 1024 * 1024
"""The same of all longer decisions of a task together, up to which they are made under the lock:
some milliseconds, twenty at most."""

ATTEMPTS: Final = 6
"""How often a task with long decisions is tried again, with twice the room each time; beyond that
the write is given up. Each attempt fails only because another write has succeeded."""


class Undecided(Exception):
    """A task would have had to decide for too long under the lock."""


class Decision(NamedTuple):
    """What an action makes of the item with the bytes `stored`: the item afterwards, or an error.

    `stored` is None if there is no item; `unchanged` says that it leaves the item as it is.
    """

    stored: Value
    new: Image | None
    error: ServiceError | None = None
    unchanged: bool = False

    def on(self, old: Image | None) -> Image | None:
        """The item afterwards, given it as it is: with the same bytes. Raises `error`."""
        if self.error is not None:
            raise self.error
        return old if self.unchanged else self.new


class Decisions(NamedTuple):
    """Decisions by their actions, and the room that is left for others under the lock."""

    made: Mapping[Action, Decision]
    room: int


NONE_MADE: Final = Decisions({}, UNDER_LOCK)


def work_of(action: Action, old: Image | None) -> int:
    """How long a decision takes, in bytes as in `SHORT`."""
    made = PART * action.makes
    return made if old is None else made + action.reads * len(old.stored)


async def decide(
    database: Database, writes: Sequence[ItemWrite], room: int, caller: Caller | None
) -> Decisions:
    """Make the long decisions of a task on its items as they are now, in turns. Items are of
    different keys."""
    values = await database.engine.read([write.key for write in writes])
    made = {}
    turns = Turns()
    for write, value in zip(writes, values, strict=True):
        old = None if value is None else Image(value)
        if work_of(write.action, old) > SHORT:
            made[write.action] = await _decision(database, write.action, old, turns, caller)
            if turns.over:
                await turns.give_way()
    return Decisions(made, room)


async def _decision(
    database: Database, action: Action, old: Image | None, turns: Turns, caller: Caller | None
) -> Decision:
    value = None if old is None else old.stored
    try:
        async with database.decoded.taken(caller):
            new = await _applied(action, old, turns)
    except ServiceError as error:
        # Without the frames that it came from: they hold the item, and all that was made of it.
        return Decision(value, None, error.with_traceback(None))
    if new is old:
        return Decision(value, None, unchanged=True)
    if new is not None and new is not action.puts and len(new.stored) > LONG_DECODED:
        new = Image(new.stored, size=new.size)  # without what was decoded, until the task has run
    return Decision(value, new)


async def _applied(action: Action, old: Image | None, turns: Turns) -> Image | None:
    """What `apply` gives: the tests of a condition made in turns, and long changes in a thread."""
    if not isinstance(action, Guarded):
        return action.apply(old)
    await in_turns(action.guard.steps(old), turns)
    if action.reads == action.guard.reads:
        return action.changed(old)
    return await aside(action.changed, old)
