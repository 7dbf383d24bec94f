"""Which keys are used most (read, written and throttled), for Contributor Insights.

Only tables and indexes with insights pay for this. A request appends its key and what it consumed
to a list; if there are very many requests, a random one stands for all of its block (see
`sampling`). Once a second the lists are added to a sketch for each rule and minute, and with the
next flush the sketches are added to those of other processes in the store.

    0B "i" rule name 00 time (4)     a minute of a rule: JSON (see kernel.metrics.heavy_hitters)
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from jedlik.kernel.keyspaces import INSIGHTS
from jedlik.kernel.metrics.heavy_hitters import HeavyHitters, Key
from jedlik.kernel.metrics.points import DAY, time_bytes
from jedlik.kernel.rows import all_rows
from jedlik.kernel.store import Store
from jedlik.services.dynamodb.metering.sampling import Sampler
from jedlik.services.dynamodb.tables.insights import Rule, all_rules
from jedlik.services.dynamodb.tables.model import Table
from jedlik.storage.blind_write import BlindWrite
from jedlik.storage.engine import Changes, Engine, Value
from jedlik.values.keybytes import successor

MINUTE: Final = 60
KEPT_DAYS: Final = 15
WRITE_WEIGHT: Final = 3.0
"""A write unit counts as three read units (developer guide, "How CloudWatch Contributor Insights
for DynamoDB works")."""
_MAX_VALUE_LENGTH: Final = 256
"""Characters of a key's value that reports show."""
_TRIMMED_AT_ONCE: Final = 200

Item = Mapping[str, Mapping[str, Any]]


class Contributors:
    """The contributors to one table's rules, in this process."""

    def __init__(self, table: Table) -> None:
        self.rules = tuple(all_rules(table))
        self._names = frozenset(name for rule in self.rules for name in rule.names)
        self._seen: list[tuple[Item, float, str, bool]] = []
        self._uses = Sampler()
        self._refusals = Sampler()
        self.due = self._uses.due
        """To be called for each use of an item: whether to count it, with `count_use`."""

    def count_use(self, item: Item, units: float, index: str = "") -> None:
        """Count units that were consumed on a key by a use that is `due`; `item` has the key's
        attributes."""
        self._seen.append((self._key(item), units * self._uses.weight, index, False))

    def count_throttling(self, item: Item, index: str = "") -> None:
        """Count that a request for a key was throttled."""
        if self._refusals.due():
            self._seen.append((self._key(item), float(self._refusals.weight), index, True))

    def _key(self, item: Item) -> Item:
        """Only the attributes that rules use, so that no item of up to 400 KB is kept alive."""
        return {name: item[name] for name in self._names if name in item}

    def take(self, seconds: float) -> list[tuple[Rule, Key, float]]:
        """The uses since the last call, `seconds` ago, with the rules that count them."""
        self._uses.adapt(seconds)
        self._refusals.adapt(seconds)
        seen, self._seen = self._seen, []
        found = []
        for item, weight, index, throttled in seen:
            for rule in self.rules:
                if rule.of_index == index and rule.throttled is throttled:
                    key = key_of(item, rule.names)
                    if key is not None:
                        found.append((rule, key, weight))
        return found


def key_of(item: Item, names: tuple[str, ...]) -> Key | None:
    """The values of a key as reports show them; None if an attribute is missing."""
    values = []
    for name in names:
        value = item.get(name)
        if value is None:
            return None
        values.append(str(next(iter(value.values())))[:_MAX_VALUE_LENGTH])
    return tuple(values)


class ContributorBook:
    """The sketches of one process, by rule and minute, until they are stored."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._minutes: dict[tuple[str, int], HeavyHitters] = {}
        self._folded = store.clock.monotonic()
        self._trimmed: dict[str, int] = {}
        self._flushing = asyncio.Lock()

    def fold(self, all_contributors: Iterable[Contributors]) -> None:
        """Add what contributors have seen to the sketches. To be called often."""
        clock = self._store.clock
        minute = int(clock.now()) // MINUTE * MINUTE
        before, self._folded = self._folded, clock.monotonic()
        for contributors in all_contributors:
            for rule, key, weight in contributors.take(self._folded - before):
                sketch = self._minutes.setdefault((rule.name, minute), HeavyHitters())
                sketch.add(key, weight)

    async def flush(self) -> None:
        """Store the sketches. Raises StorageFailure; nothing is lost then."""
        # One after the other: a second flush has to read what the first one stored.
        async with self._flushing:
            for taken in list(self._minutes):
                await self._store_minute(*taken)

    async def _store_minute(self, rule: str, minute: int) -> None:
        engine = self._store.engine
        # Taken before it is written: what is counted meanwhile goes into another sketch.
        sketch = self._minutes.pop((rule, minute))
        try:
            await engine.write(_Add(rule, minute, sketch))
        except BaseException:
            self._minutes.setdefault((rule, minute), HeavyHitters()).merge(sketch)
            raise
        hour = minute // 3600
        if self._trimmed.get(rule) != hour:
            self._trimmed[rule] = hour
            await drop_minutes(engine, rule, minute - KEPT_DAYS * DAY)


def minutes_prefix(rule: str) -> bytes:
    """The prefix of the keys of a rule's minutes."""
    return INSIGHTS + rule.encode() + b"\x00"


class _Add:
    def __init__(self, rule: str, minute: int, sketch: HeavyHitters) -> None:
        self._sketch = sketch
        self.keys = (minutes_prefix(rule) + time_bytes(minute),)

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        total = HeavyHitters()
        if values[0] is not None:
            total = HeavyHitters.from_json(orjson.loads(values[0]))
        total.merge(self._sketch)
        return Changes({self.keys[0]: orjson.dumps(total.to_json())}, None)


async def drop_minutes(engine: Engine, rule: str, before: float | None = None) -> None:
    """Delete the minutes of a rule before a time; without one, all of them."""
    prefix = minutes_prefix(rule)
    high = successor(prefix) if before is None else prefix + time_bytes(before)
    more = True
    while more:
        page = await engine.range(prefix, high, limit=_TRIMMED_AT_ONCE)
        if page.rows:
            await engine.write(BlindWrite(dict.fromkeys(key for key, _ in page.rows)))
        more = page.more


async def read_minutes(
    engine: Engine, rule: str, start: float, end: float
) -> list[tuple[int, HeavyHitters]]:
    """The minutes of a rule with `start` <= time < `end`, in order."""
    prefix = minutes_prefix(rule)
    found = []
    for key, stored in await all_rows(engine, prefix):
        time = int.from_bytes(key[-4:], "big")
        if start <= time < end:
            found.append((time, HeavyHitters.from_json(orjson.loads(stored))))
    return found
