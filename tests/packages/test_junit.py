"""The JUnit example, run by Maven as its users run it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.packages.conftest import SECONDS
from tests.servers import ROOT, environment


def test_the_tests_of_the_junit_example_pass(tool: Callable[[str], str], tmp_path: Path) -> None:
    tool("java")
    project = tmp_path / "junit"
    shutil.copytree(ROOT / "examples" / "junit", project)
    done = subprocess.run(
        [tool("mvn"), "-B", "test"], cwd=project, capture_output=True, text=True,
        timeout=SECONDS, check=False,
        env=environment(JEDLIK_COMMAND=f"{sys.executable} -m jedlik", PYTHONPATH=str(ROOT)),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    # The fifth is Testcontainers', which does without Docker by not running.
    assert re.search("Tests run: [45], Failures: 0, Errors: 0, Skipped: [01]\n", done.stdout)
