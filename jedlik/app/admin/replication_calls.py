"""The links between regions over HTTP: `/replication`. They can be paused, resumed and delayed, to
test how an application handles stale reads, conflicts and an unreachable region."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from jedlik.app.admin.inputs import Types, json_answer, members, query, required
from jedlik.app.admin.router import AdminRouter
from jedlik.base.errors import ResourceNotFoundException, ValidationException
from jedlik.gateway.exchange import Answer, Request
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.replication.pairs import Pair, read_pair, set_pair
from jedlik.services.dynamodb.replication.parting import expel

_BETWEEN: Final[Types] = {"from": str, "to": str}
_DELAYED: Final[Types] = {**_BETWEEN, "milliseconds": (int, float)}
_EXPELLED: Final[Types] = {"table": str, "region": str, "from": str}
_MAX_DELAY_MILLISECONDS: Final = 86_400_000

Databases = Callable[[], Sequence[Database]]
"""The regions of this process."""


def add_to(router: AdminRouter, databases: Databases) -> None:
    """Add the calls to a listener."""
    calls = ReplicationCalls(databases)
    router.add("GET", "/replication", calls.show)
    router.add("POST", "/replication/pause", calls.pause)
    router.add("POST", "/replication/resume", calls.resume)
    router.add("POST", "/replication/delay", calls.delay)
    router.add("POST", "/replication/expel", calls.expel)


class ReplicationCalls:
    """The calls. Each answers one request or raises a ServiceError; all answer with the new
    settings of their pairs."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases

    async def show(self, request: Request) -> Answer:
        """All pairs, or those of a region that sends or receives."""
        return await self._answer(query(request, "from", "to"))

    async def pause(self, request: Request) -> Answer:
        """Stop sending from a region to another one; without names, between all."""
        return await self._set(members(request, _BETWEEN), paused=True)

    async def resume(self, request: Request) -> Answer:
        """Send again."""
        return await self._set(members(request, _BETWEEN), paused=False)

    async def delay(self, request: Request) -> Answer:
        """Send changes at this age; without `milliseconds`, at the server's own setting."""
        given = members(request, _DELAYED)
        time = given.get("milliseconds")
        if time is not None and not 0 <= time <= _MAX_DELAY_MILLISECONDS:
            raise ValidationException(f"milliseconds is not from 0 to {_MAX_DELAY_MILLISECONDS}.")
        return await self._set(given, delay=None if time is None else time / 1000)

    async def expel(self, request: Request) -> Answer:
        """Remove a permanently lost region from a global table: `table` and `region`; with `from`,
        only in that region of the server."""
        given = members(request, _EXPELLED)
        name, region = required(given, "table"), required(given, "region")
        done = []
        for database in self._databases():
            if given.get("from") in (None, database.arns.region):
                table = await database.catalog.current(name)
                replication = None if table is None else table.replication
                if replication is not None and replication.replica(region) is not None:
                    await expel(database, name, region)
                    done.append(database.arns.region)
        if not done:
            raise ResourceNotFoundException(f"No table {name} here has a replica in {region}.")
        return json_answer({"table": name, "region": region, "from": done})

    async def _set(self, given: dict[str, Any], **changed: Any) -> Answer:
        for database, region in self._pairs(given):
            pair = await read_pair(database, region)
            await set_pair(database, region, pair._replace(**changed))
        return await self._answer(given)

    async def _answer(self, given: dict[str, Any]) -> Answer:
        return json_answer(
            {
                "pairs": [
                    _shown(database, region, await read_pair(database, region))
                    for database, region in self._pairs(given)
                ]
            }
        )

    def _pairs(self, given: dict[str, Any]) -> Iterator[tuple[Database, str]]:
        """The requested pairs. Raises ResourceNotFoundException if no such pair exists."""
        origin, target = given.get("from"), given.get("to")
        found = [
            (database, region)
            for database in self._databases()
            for region in database.links
            if origin in (None, database.arns.region) and target in (None, region)
        ]
        if not found and (origin or target):
            raise ResourceNotFoundException(
                f"Nothing goes from {origin or 'any region'} to {target or 'any region'} here."
            )
        return iter(found)


def _shown(database: Database, region: str, pair: Pair) -> dict[str, Any]:
    delay = database.replication.delay_to(region) if pair.delay is None else pair.delay
    return {
        "from": database.arns.region,
        "to": region,
        "paused": pair.paused,
        "milliseconds": round(delay * 1000, 3),
    }
