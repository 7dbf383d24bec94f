"""Time the suite with Jedlik and with moto, turn by turn: `python compare.py [RUNS]`.

Processor time hardly depends on what else the machine does; that of a whole run does.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
CONFTESTS = {"Jedlik": HERE / "tests" / "conftest.py", "moto": HERE / "conftest_with_moto.py"}


def timed(conftest: Path) -> tuple[float, float, int]:
    """Seconds of a whole run of pytest in a process of its own, those of the processor in it, and
    the tests that passed."""
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch) / "project"
        shutil.copytree(HERE, project, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(conftest, project / "tests" / "conftest.py")
        began, used = time.perf_counter(), processor_seconds()
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
            cwd=project, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(project)},
        )  # fmt: skip
        seconds, used = time.perf_counter() - began, processor_seconds() - used
    passed = re.search(r"(\d+) passed", done.stdout)
    if done.returncode or passed is None:
        sys.exit(done.stdout + done.stderr)
    return seconds, used, int(passed[1])


def processor_seconds() -> float:
    """Those of all processes that were started here and have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def main() -> None:
    """Print the medians."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    taken: dict[str, list[tuple[float, float, int]]] = {name: [] for name in CONFTESTS}
    for _ in range(runs):
        for name, conftest in CONFTESTS.items():
            taken[name].append(timed(conftest))
    for name, each in taken.items():
        seconds, used, passed = (statistics.median(column) for column in zip(*each, strict=True))
        print(f"{name:<7} {passed:.0f} tests in {seconds:.2f} s, {used:.2f} s of the processor")


if __name__ == "__main__":
    main()
