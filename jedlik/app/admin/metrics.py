"""`GET /metrics`: the figures of all processes of the server.

With hundreds of tables the page has megabytes, and anyone who reaches the listener may ask for it:
so it is made in turns with requests, and once for all who ask meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence

from jedlik.app.admin.figures import Gauges, families_of, gauge_families
from jedlik.app.admin.open_metrics import CONTENT_TYPE, Family, render
from jedlik.app.admin.snapshots import Snapshots, labelled
from jedlik.base.turns import each_in_turn, in_turns
from jedlik.gateway.exchange import Answer, Request
from jedlik.kernel.store import Store


class MetricsPage:
    """Answers scrapers. `gauges` are read in addition to the metrics; `shared`: the server has
    other processes. `realms` are the stores of other regions and accounts."""

    def __init__(
        self,
        store: Store,
        gauges: Callable[[], Gauges],
        realms: Callable[[], Sequence[Store]],
        *,
        shared: bool,
    ) -> None:
        self._store = store
        self._gauges = gauges
        self._realms = realms
        self._snapshots = Snapshots(store)
        self._shared = shared
        self._making: asyncio.Task[bytes] | None = None
        """Scrapers that come while a page is made get that page."""
        store.metrics.keep_totals()

    async def answer(self, _request: Request) -> Answer:
        """The page."""
        if self._making is None:
            self._making = asyncio.create_task(self._make())
            self._making.add_done_callback(self._made)
        return Answer(200, await asyncio.shield(self._making), CONTENT_TYPE)

    async def share(self) -> None:
        """Report to the other processes."""
        if self._shared:
            await self._snapshots.put(self._own())

    async def _make(self) -> bytes:
        self._store.metrics.fold()
        process = self._snapshots.process
        own = await each_in_turn(self._own(), lambda family: labelled(family, process=process))
        others = await self._snapshots.others() if self._shared else []
        return await in_turns(render([*own, *others]))

    def _made(self, _making: asyncio.Task[bytes]) -> None:
        self._making = None

    def _own(self) -> Iterator[Family]:
        yield from families_of(self._store.metrics)
        yield from gauge_families(self._gauges())
        for store in self._realms():
            store.metrics.fold()
            arns = store.arns
            labels = {"region": arns.region}
            if arns.account != self._store.arns.account:
                labels["account"] = arns.account
            for family in families_of(store.metrics):
                yield labelled(family, **labels)
