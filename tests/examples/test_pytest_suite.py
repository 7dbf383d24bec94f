"""The example of a suite that moved from moto: its differences, and that it passes."""

from __future__ import annotations

import difflib
import re
import subprocess
import sys

from tests.servers import ROOT, environment

SUITE = ROOT / "examples" / "pytest_suite"


def test_the_suite_passes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=SUITE, env=environment(PYTHONPATH=str(SUITE)), capture_output=True, text=True,
        timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= 50


def test_two_lines_were_changed() -> None:
    before = (SUITE / "conftest_with_moto.py").read_text().splitlines()
    after = (SUITE / "tests" / "conftest.py").read_text().splitlines()
    changed = [line for line in difflib.ndiff(before, after) if line.startswith(("+", "-"))]
    assert changed == [
        "- from moto import mock_aws",
        "+ from jedlik.testing import local_aws",
        "-     with mock_aws():",
        "+     with local_aws():",
    ]
