"""What counting and enforcing cost signed requests, in processor time of one process.

    python bench/metering.py [--rounds 40] [--seconds 3]

Requests take turns in this process, without sockets (see `stages`), at one table of one database,
whose meter and budget are exchanged in between: without metrics of tables and requests, with them,
with Contributor Insights on top, and with the table's capacity enforced. What is done once a second
with what was counted is part of a turn. Each round compares neighbours in time, in another order
than the round before; medians of the differences are printed, which other work moves little.

They are judged as a part of what a served request costs, sockets included: that is measured in the
same run, by wrk at a server on its own.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import sides
import stages
import workload
import wrk
from rich.console import Console
from verdict import exit_status

from jedlik.auth.sigv4 import Verifier
from jedlik.base.clock import SystemClock
from jedlik.kernel.metrics.recorder import Tally
from jedlik.services.dynamodb.api.dispatch import Service
from jedlik.services.dynamodb.capacity.budgets import CAPACITY_TAG, ENFORCED
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.metering.request_meter import RequestMeter
from jedlik.services.dynamodb.metering.table_meter import TableMeter
from jedlik.services.dynamodb.operations.registry import OPERATIONS

LOADS: Final = ("get", "put")
ROUNDS: Final = 40
_REQUESTS: Final = 2000
_BARE, _METERED, _INSIGHTS, _ENFORCED = "bare", "metered", "with insights", "enforced"
_SIDES: Final = (_BARE, _METERED, _INSIGHTS, _ENFORCED)

Take = Callable[[bytes], None]


class Target(NamedTuple):
    """What a side may add to a request on another side, as a part of what the request costs."""

    load: str
    side: str
    before: str
    most: float


class Measured(NamedTuple):
    """What a served request costs in microseconds, and what each side cost in each round."""

    served: float
    turns: list[dict[str, float]]


Figures = dict[str, Measured]

TARGETS: Final = (
    Target("get", _METERED, _BARE, 0.03),
    Target("get", _INSIGHTS, _METERED, 0.02),
    Target("get", _ENFORCED, _METERED, 0.03),
    Target("put", _METERED, _BARE, 0.03),
    Target("put", _INSIGHTS, _METERED, 0.02),
)


def requests(name: str) -> list[bytes]:
    """Signed requests of a load, as bytes."""
    load = workload.named(name)
    return [
        workload.raw_request(8000, load, number * 7 % workload.ITEMS, turn + 1)
        for turn in range(workload.TURNS)
        for number in range(_REQUESTS // workload.TURNS)
    ]


class Sides:
    """One database, and what makes its table each of the sides."""

    def __init__(self, database: Database, bare: Take, metered: Take) -> None:
        self._metrics = database.metrics
        self._contributors = database.contributors
        self._fronts = {**dict.fromkeys(_SIDES, metered), _BARE: bare}
        self._table = table = database.ready[workload.TABLE]
        self._meter, self._keys, self._unmetered = (
            table.meter,
            table.meter.contributors,
            unmetered(),
        )
        assert table.budget is not None, "its capacity is enforced"
        self._budget = table.budget

    def turn(self, side: str, raw: list[bytes]) -> float:
        """One turn's processor time in microseconds a request."""
        table, meter = self._table, self._meter
        table.meter = self._unmetered if side == _BARE else meter
        meter.contributors = keys = self._keys if side == _INSIGHTS else None
        table.budget = self._budget if side == _ENFORCED else None
        # What a settlement would give: nothing settles here, and refusals are not to be measured.
        for balance in self._budget.balances():
            balance.lend()
        # As if nothing had gone before: a second's load is what this turn brings, not what the
        # turns of other sides left out.
        self._contributors.fold([])
        take = self._fronts[side]
        began = time.process_time()
        for each in raw:
            take(each)
        if side != _BARE:
            self._metrics.fold()
        if keys is not None:
            self._contributors.fold([keys])
        return (time.process_time() - began) / len(raw) * 1e6


def front(database: Database) -> Take:
    """What takes requests' bytes for a database."""
    verifier = Verifier({workload.ACCESS_KEY: workload.SECRET_KEY}.get, SystemClock())
    made = stages.connection(Service(database, verifier))

    def take(data: bytes) -> None:
        made.data_received(data)

    for name in ("get", "put"):
        take(requests(name)[0])
        if b"HTTP/1.1 200" not in made._transport.written:
            raise SystemExit(made._transport.written.decode())
    return take


def unmetered() -> TableMeter:
    """A meter of nothing. It keeps up appearances for the shortest ways of operations, which do not
    ask whether there are metrics: a count in an object, and a call of a function in C."""
    meter = TableMeter("", None)
    nothing: Any = None
    meter.own.small_reads = Tally(nothing, 0)
    in_c: Any = id
    meter.own.writes = {"PutItem": in_c}
    return meter


async def sides_of_one_table() -> Sides:
    """The database and its sides."""
    database = await stages.filled()
    arn = database.arns.table_arn(workload.TABLE)
    most = {"ReadCapacityUnits": 40_000, "WriteCapacityUnits": 40_000}
    for operation, payload in (
        ("TagResource", {"ResourceArn": arn, "Tags": [{"Key": CAPACITY_TAG, "Value": ENFORCED}]}),
        ("UpdateTable", {"BillingMode": "PROVISIONED", "ProvisionedThroughput": most}),
        ("UpdateContributorInsights", {"ContributorInsightsAction": "ENABLE"}),
    ):
        named = {} if operation == "TagResource" else {"TableName": workload.TABLE}
        await OPERATIONS[operation](database, {**named, **payload})
    await database.table(workload.TABLE)
    timings = RequestMeter.timings
    RequestMeter.timings = lambda *_: None  # type: ignore[method-assign]
    bare = front(database)
    RequestMeter.timings = timings  # type: ignore[method-assign]
    return Sides(database, bare, front(database))


def served(seconds: int) -> dict[str, float]:
    """Microseconds of processor time that a served request of each load costs."""
    costs = {}
    memory = sides.jedlik_side("memory")
    with tempfile.TemporaryDirectory() as scratch, sides.all_running([memory]) as (server,):
        for name in LOADS:
            script = Path(scratch) / f"{name}.lua"
            workload.write_script(script, server.port, workload.named(name))
            costs[name] = wrk.drive_costed(script, server, seconds)["cost"]
    return costs


async def turns(compared: Sides, load: str, rounds: int) -> list[dict[str, float]]:
    """What each side cost in each round."""
    raw = requests(load)
    for side in _SIDES:
        compared.turn(side, raw)
    gc.collect()
    gc.freeze()
    orders = (_SIDES[::-1], _SIDES)
    return [
        {side: compared.turn(side, raw) for side in orders[number % 2]} for number in range(rounds)
    ]


def measure(seconds: int, rounds: int) -> Figures:
    """What served requests of each load cost in microseconds, and each round's turns."""
    costs = served(seconds)

    async def all_turns() -> dict[str, list[dict[str, float]]]:
        compared = await sides_of_one_table()
        return {load: await turns(compared, load, rounds) for load in LOADS}

    measured = asyncio.run(all_turns())
    return {load: Measured(costs[load], measured[load]) for load in LOADS}


def report(figures: Figures, console: Any) -> bool:
    """Print what requests cost on each side; returns whether the targets are reached."""
    reached = True
    for load, (cost, measured) in figures.items():
        console.print(f"{load}, served: {cost:.1f} us")
        for side in _SIDES:
            alone = statistics.median(each[side] for each in measured)
            console.print(f"{load}, {side}: {alone:.2f} us without sockets")
        for target in (each for each in TARGETS if each.load == load):
            added = statistics.median(each[target.side] - each[target.before] for each in measured)
            good = added / cost <= target.most
            reached = reached and good
            verdict = "as wanted" if good else f"more than {target.most:.0%}"
            console.print(
                f"{load}: {target.side} adds {added:.2f} us to {target.before}, "
                f"{added / cost:.1%} of a served request: {verdict}"
            )
    return reached


def main() -> int:
    parser = argparse.ArgumentParser(description="What counting and enforcing cost requests.")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=int, default=3, help="of load on a server (default 3)")
    chosen = parser.parse_args()
    wrk.needed()
    figures = measure(chosen.seconds, chosen.rounds)
    return exit_status(reached=report(figures, Console(highlight=False)))


if __name__ == "__main__":
    sys.exit(main())
