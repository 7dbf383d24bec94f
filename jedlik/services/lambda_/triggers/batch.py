"""One batch: delivered until every record is either processed or discarded.

A failed batch is delivered again, after a growing pause. The next step depends on the mapping.
`bisect` splits a batch in two after an error, so that a record that always fails ends up alone;
splitting does not count as a retry. A function that reports failures moves the batch's start to the
first of them; if that is progress, retries are counted from zero again. When no retries are left,
or records have become too old, they are discarded, and reported to the destination.

The parts of a batch are on a stack, first part on top: order is kept, however it is split.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple, Protocol

from jedlik.services.lambda_.mapping_model import FOREVER, EventSourceMapping
from jedlik.services.lambda_.runtime.invocation import Invocation
from jedlik.services.lambda_.triggers.failures import RETRIES_EXHAUSTED, TOO_OLD, Discarded
from jedlik.services.lambda_.triggers.gathering import Record
from jedlik.services.lambda_.triggers.outcome import BatchOutcome

_log = logging.getLogger(__name__)

FIRST_PAUSE: Final = 0.1
MAX_PAUSE: Final = 10.0


class BatchCallbacks(Protocol):
    """What a batch needs from its shard."""

    async def invoke(self, records: Sequence[Record]) -> BatchOutcome:
        """Deliver records."""
        ...

    async def done(self, records: Sequence[Record], problem: str | None) -> None:
        """Record that records are done; `problem` if there was one."""
        ...

    async def failed(self, problem: str) -> None:
        """Record that a delivery failed and will be repeated."""
        ...

    async def discard(self, discarded: Discarded) -> None:
        """Report to the destination."""
        ...

    def now(self) -> float:
        """Seconds since the epoch."""
        ...


class _Part(NamedTuple):
    records: Sequence[Record]
    failures: int = 0
    pauses: int = 0
    invocation: Invocation | None = None


def pause_after(failures: int) -> float:
    """Seconds to wait after this number of consecutive failures, from 1."""
    return float(min(FIRST_PAUSE * 2.0 ** min(failures - 1, 30), MAX_PAUSE))


class Batch:
    """Delivers batches of one mapping; `where` names the shard in the log."""

    def __init__(
        self,
        mapping: EventSourceMapping,
        shard: BatchCallbacks,
        pause: Callable[[float], Awaitable[None]],
        where: str,
    ) -> None:
        self._mapping = mapping
        self._shard = shard
        self._pause = pause
        self._where = where

    async def deliver(self, records: Sequence[Record]) -> None:
        """Deliver records until all are done. Errors of `pause` and `shard` end it."""
        parts = [_Part(records)]
        while parts:
            part = await self._without_old(parts.pop())
            if not part.records:
                continue
            outcome = await self._shard.invoke(part.records)
            if outcome.problem is None:
                await self._shard.done(part.records, None)
                continue
            if outcome.done:
                await self._shard.done(part.records[: outcome.done], outcome.problem)
            parts += reversed(await self._failed(part, outcome))

    async def _failed(self, part: _Part, outcome: BatchOutcome) -> list[_Part]:
        """The parts still to be delivered, in order."""
        assert outcome.problem is not None
        rest = part.records[outcome.done :]
        if self._mapping.bisect and len(rest) > 1 and outcome.counts and not outcome.reported:
            middle = len(rest) // 2
            await self._note(rest, outcome, "it is cut in two")
            return [
                _Part(rest[:middle], part.failures, part.pauses, outcome.invocation),
                _Part(rest[middle:], part.failures, part.pauses, outcome.invocation),
            ]
        failures = (0 if outcome.done else part.failures) + int(outcome.counts)
        most = self._mapping.maximum_retry_attempts
        if most != FOREVER and failures > most:
            await self._note(rest, outcome, "it is discarded")
            await self._discard(rest, RETRIES_EXHAUSTED, failures, outcome)
            return []
        pauses = 1 if outcome.done else part.pauses + 1
        seconds = pause_after(pauses)
        limit = "" if most == FOREVER else f" of {most}"
        what = f"retry {pauses}{limit} follows in {seconds:.1f} s"
        await self._note(rest, outcome, what)
        await self._pause(seconds)
        return [_Part(rest, failures, pauses, outcome.invocation)]

    async def _note(self, rest: Sequence[Record], outcome: BatchOutcome, what: str) -> None:
        first, last = rest[0].sequence_number, rest[-1].sequence_number
        where = f"({self._where}, {len(rest)} records {first} to {last}; {what})"
        ran, problem = outcome.invocation, outcome.problem
        logged = ran.logged if ran is not None and ran.is_secret else problem
        _log.warning("function %s failed: %s %s", self._mapping.function, logged, where)
        await self._shard.failed(f"{problem} {where}")

    async def _without_old(self, part: _Part) -> _Part:
        age = self._mapping.maximum_record_age
        if age == FOREVER:
            return part
        oldest = self._shard.now() - age
        records = part.records
        fresh = next((at for at, each in enumerate(records) if each.time >= oldest), len(records))
        if not fresh:
            return part
        _log.warning(
            "function %s: %d records are older than %d s and discarded (%s)",
            self._mapping.function, fresh, age, self._where,
        )  # fmt: skip
        outcome = BatchOutcome(0, invocation=part.invocation)
        await self._discard(records[:fresh], TOO_OLD, part.failures, outcome)
        return part._replace(records=records[fresh:])

    async def _discard(
        self, records: Sequence[Record], condition: str, attempts: int, outcome: BatchOutcome
    ) -> None:
        await self._shard.discard(Discarded(records, condition, attempts, outcome.invocation))
        why = condition if outcome.problem is None else f"{condition}: {outcome.problem}"
        await self._shard.done(records, f"{len(records)} records discarded: {why}")
