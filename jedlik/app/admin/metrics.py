"""`GET /metrics`: the figures of all processes of the server."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jedlik.app.admin.figures import Gauges, families_of, gauge_families
from jedlik.app.admin.open_metrics import CONTENT_TYPE, Family, render
from jedlik.app.admin.snapshots import Snapshots, labelled
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
        store.metrics.keep_totals()

    async def answer(self, _request: Request) -> Answer:
        """The page."""
        self._store.metrics.fold()
        others = await self._snapshots.others() if self._shared else []
        own = labelled(self._own(), process=self._snapshots.process)
        return Answer(200, render([*own, *others]), CONTENT_TYPE)

    async def share(self) -> None:
        """Report to the other processes."""
        if self._shared:
            await self._snapshots.put(self._own())

    def _own(self) -> list[Family]:
        families = [*families_of(self._store.metrics), *gauge_families(self._gauges())]
        for store in self._realms():
            store.metrics.fold()
            arns = store.arns
            labels = {"region": arns.region}
            if arns.account != self._store.arns.account:
                labels["account"] = arns.account
            families += labelled(list(families_of(store.metrics)), **labels)
        return families
