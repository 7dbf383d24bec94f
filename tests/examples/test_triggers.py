"""examples/triggers.py, deployed and run against a running server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import StartServer
from tests.servers import ACCESS_KEY, SECRET_KEY

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(params=["open", "closed"])
def url(request: pytest.FixtureRequest, server: str, start_server: StartServer) -> str:
    """The URL of a server without credentials, and of one where policies decide."""
    if request.param == "open":
        return server
    keys = ("--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY)
    return start_server("--memory", *keys).url


@pytest.mark.slow
def test_functions_keep_an_audit_log_and_sums(url):
    done = subprocess.run(
        [
            sys.executable,
            str(EXAMPLES / "triggers.py"),
            "--endpoint-url",
            url,
            "--table",
            "Watched",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONUTF8": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["AK", "263", "61.33"] in rows
    assert ["WA", "64", "47.47"] in rows
    assert "MODIFY   Sea-Tac -> Seattle-Tacoma International" in done.stdout
    assert "REMOVE   Boeing Field/King County Intl -> None" in done.stdout
