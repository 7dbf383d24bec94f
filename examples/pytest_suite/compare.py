"""Time the suite with Jedlik and with moto, turn by turn: `python compare.py [RUNS]`."""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
CONFTESTS = {"Jedlik": HERE / "tests" / "conftest.py", "moto": HERE / "conftest_with_moto.py"}


def timed(conftest: Path) -> tuple[float, int]:
    """Seconds of a whole run of pytest in a process of its own, and the tests that passed."""
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch) / "project"
        shutil.copytree(HERE, project, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(conftest, project / "tests" / "conftest.py")
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
            cwd=project, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(project)},
        )  # fmt: skip
        seconds = time.perf_counter() - began
    passed = re.search(r"(\d+) passed", done.stdout)
    if done.returncode or passed is None:
        sys.exit(done.stdout + done.stderr)
    return seconds, int(passed[1])


def main() -> None:
    """Print the medians."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    seconds: dict[str, list[float]] = {name: [] for name in CONFTESTS}
    for _ in range(runs):
        for name, conftest in CONFTESTS.items():
            taken, passed = timed(conftest)
            seconds[name].append(taken)
    for name, each in seconds.items():
        print(f"{name:<7} {passed} tests in {statistics.median(each):.2f} s")


if __name__ == "__main__":
    main()
