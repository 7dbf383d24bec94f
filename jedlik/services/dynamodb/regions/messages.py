"""The messages between regions about the changes of a table.

A sender first sends a greeting: who it is, and where its log ends. The answer says who the receiver
is, and how far the sender's changes have come. After that it sends batches, one after the other,
each with the positions in the log between which it lies.
"""

from __future__ import annotations

from typing import NamedTuple

from jedlik.services.dynamodb.recording.replication_log import Position
from jedlik.services.dynamodb.recording.versions import Version


class LinkDown(Exception):
    """The other region cannot be reached, or did not answer."""


class ReplicaRefused(Exception):
    """The other region does not accept what it was sent; the text says why."""


class ReplicaExpelled(ReplicaRefused):
    """The other region has removed this one from the global table."""


class KeyInaccessible(ReplicaRefused):
    """The other region cannot use the key under which the replica is encrypted."""


class PositionMismatch(Exception):
    """The batch does not continue at the other region's position, so it must be greeted again."""


class Log(NamedTuple):
    """The log of a table in one region. Positions in it mean nothing in a log that differs in any
    member. `incarnation` is that of the region's store, `id` a number in it."""

    incarnation: str
    id: int


class Greeting(NamedTuple):
    """A sender's first message. `begin` is where it continues if its log is not known yet, `last`
    where its log ends; `clock` is its time, in microseconds since the epoch."""

    region: str
    table: str
    log: Log
    begin: Position
    last: Position
    clock: int


class Welcome(NamedTuple):
    """The answer. `log` is the replica's own. `position` is how far the sender's changes have come,
    None if its log was not known before; the last of them came `at` that time of the replica's
    clock, which is `clock` now (microseconds since the epoch)."""

    region: str
    log: Log
    position: Position | None
    at: int
    clock: int


class Change(NamedTuple):
    """An item at present: its key after the prefix of its table, its version and its stored bytes
    (see `values.stored`); None if it was deleted."""

    item: bytes
    version: Version
    stored: bytes | None


class Span(NamedTuple):
    """The part of a log that a batch covers: the changes after `after`, up to `upto`."""

    after: Position
    upto: Position


class Batch(NamedTuple):
    """Changes of one table, at most one of each item. Without a `span` they are not from the log
    but from the table, which is sent as a whole. With this batch, everything that the sender's
    region had written by `complete_at` (microseconds since the epoch) has been sent; 0 if more
    waits."""

    region: str
    table: str
    log: Log
    span: Span | None
    changes: list[Change]
    complete_at: int = 0


class Receipt(NamedTuple):
    """The answer to a batch: how many of its changes were later than the present versions, and the
    region's time in microseconds since the epoch."""

    applied: int
    clock: int
