"""examples/triggers.py, deployed and run against a running server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_functions_keep_an_audit_log_and_sums(server):
    done = subprocess.run(
        [
            sys.executable,
            str(EXAMPLES / "triggers.py"),
            "--endpoint-url",
            server,
            "--table",
            "Watched",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        env={"PATH": os.environ["PATH"], "PYTHONUTF8": "1", "AWS_EC2_METADATA_DISABLED": "true"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["AK", "263", "61.33"] in rows
    assert ["WA", "64", "47.47"] in rows
    assert "MODIFY   Sea-Tac -> Seattle-Tacoma International" in done.stdout
    assert "REMOVE   Boeing Field/King County Intl -> None" in done.stdout
