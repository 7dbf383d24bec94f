"""Run everything that measures, as shortly as it goes: python bench/smoke.py

What comes out says nothing about speed: targets may be missed. It says that each script here still
runs on the server as it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from verdict import MISSED, REACHED

BENCH: Final = Path(__file__).parent
ITEMS: Final = "200"
SECONDS: Final = 300
"""That one script may take on a busy machine."""
README: Final = BENCH.parent / "README.md"

RUNS: Final = {
    "access.py": "--seconds 1 --rounds 1",
    "bulk.py": "--items 1000 --rounds 1",
    "cluster.py": "--seconds 0.3 --rounds 1",
    "compare.py": "--rounds 1",
    "dax.py": "--seconds 1 --rounds 1",
    "engine.py": "--seconds 0.05",
    "latency.py": "--items 500 --seconds 0.5",
    "many_tables.py": "--tables 20 --seconds 1",
    "metering.py": "--rounds 1 --seconds 1",
    "region_queue.py": "--changes 500",
    "regions.py": "--seconds 0.5 --rate 100 --puts 50",
    "run.py": "--quick --no-peer --seconds 1 --loads get,put --json {scratch}/figures.json",
    "publish.py": "{scratch}/figures.json {scratch}/README.md",
    "size.py": "--items 2000 --seconds 0.5 --rounds 1",
    "stages.py": "--times 100",
    "where_time_goes.py": "get --memory --seconds 1 --lines 3",
    "workers.py": "--seconds 1 --rounds 1",
}
"""Arguments by script; `publish.py` takes what `run.py` wrote."""
NEEDS_WRK: Final = (
    "access.py", "dax.py", "metering.py", "run.py", "publish.py", "where_time_goes.py",
    "workers.py",
)  # fmt: skip


def main() -> int:
    failed = []
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copy(README, scratch)
        for script, arguments in RUNS.items():
            if script in NEEDS_WRK and shutil.which("wrk") is None:
                sys.stdout.write(f"{script:<20} left out: wrk is missing (apt install wrk)\n")
                continue
            began = time.monotonic()
            problem = run(script, arguments.format(scratch=scratch).split())
            sys.stdout.write(
                f"{script:<20} {time.monotonic() - began:5.1f} s {problem or 'runs'}\n"
            )
            failed += [script] if problem else []
    return 1 if failed else 0


def run(script: str, arguments: list[str]) -> str:
    """Run a script; what went wrong, if anything did."""
    command = [sys.executable, "-W", "ignore::ResourceWarning", str(BENCH / script), *arguments]
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=SECONDS,
            env={**os.environ, "BENCH_ITEMS": ITEMS},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"did not end within {SECONDS} seconds"
    broken = "Traceback" in done.stderr or done.returncode not in (REACHED, MISSED)
    return f"failed:\n{done.stdout}{done.stderr}" if broken else ""


if __name__ == "__main__":
    sys.exit(main())
