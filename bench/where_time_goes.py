"""Where a request's time goes: python bench/where_time_goes.py LOAD [--seconds 5] [--memory]

Runs the server under cProfile with one kind of load on it (get, put, put1k, update, query, mixed)
and prints the functions that take most of the event loop's time. cProfile slows Python's calls
down, so shares say more than absolute times; a commit's own thread does not show.
"""

from __future__ import annotations

import argparse
import pstats
import sys
import tempfile
from pathlib import Path

import sides
import workload
import wrk
from sides import Side


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Where a request's time goes.")
    parser.add_argument("load", choices=[load.name for load in workload.LOADS])
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--memory", action="store_true", help="the memory engine instead of lmdb")
    parser.add_argument("--lines", type=int, default=40)
    parser.add_argument("--order", default="tottime", choices=("tottime", "cumtime", "ncalls"))
    return parser.parse_args()


def profiled(side: Side, output: Path) -> Side:
    """The side, run under cProfile."""
    python, *rest = side.command
    return Side(side.name, side.title, (python, "-m", "cProfile", "-o", str(output), *rest))


def main() -> None:
    chosen = options()
    load = workload.named(chosen.load)
    side = sides.jedlik_side("memory" if chosen.memory else "jedlik")
    with tempfile.TemporaryDirectory() as scratch:
        output, script = Path(scratch) / "profile", Path(scratch) / "load.lua"
        with sides.all_running([profiled(side, output)]) as (server,):
            workload.write_script(script, server.port, load)
            figures = wrk.drive(script, server.url, chosen.seconds)
        sys.stdout.write(f"{load.title}: {figures['rate']:,.0f} a second under the profiler\n")
        pstats.Stats(str(output)).sort_stats(chosen.order).print_stats(chosen.lines)


if __name__ == "__main__":
    main()
