"""The store that services work with: ordered keys, a clock, ids and ARNs."""

from __future__ import annotations

from jedlik.base.clock import Clock
from jedlik.base.ids import Ids
from jedlik.kernel.arns import Arns
from jedlik.kernel.metrics.recorder import Metrics
from jedlik.kernel.processes import AnyMachine, Processes
from jedlik.storage.engine import Engine


class Store:
    """One store on one engine. `arns` makes the ARNs of its region and account; services record
    metrics in `metrics`."""

    def __init__(self, engine: Engine, clock: Clock, ids: Ids, arns: Arns | None = None) -> None:
        self.engine = engine
        self.clock = clock
        self.ids = ids
        self.arns = arns or Arns()
        self.metrics = Metrics(clock)
        self.processes: Processes = AnyMachine()
        """The processes that share the store. Leases are named after them and taken over from those
        that are gone."""
