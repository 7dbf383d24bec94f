"""No room left, on real file systems: errors are clear, nothing is half done, and work continues
once there is room."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engines.own_mounts import OWN_MOUNTS
from tests.servers import ROOT, environment, jedlik

SCENARIOS = ["buckets_and_streams", "commands", "data_directory"]


@pytest.mark.slow
@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_full_disk(scenario: str, encrypted: bool, tmp_path: Path) -> None:
    """In a process with mounts of its own, which end with it."""
    if not shutil.which("unshare") or subprocess.run([*OWN_MOUNTS, "true"]).returncode:
        pytest.skip("this system gives a process no mounts of its own")
    options = []
    if encrypted:
        assert jedlik("keys", "new-root", tmp_path / "root.key").returncode == 0
        options = [f"--root-key-file={tmp_path / 'root.key'}"]
    (tmp_path / "scratch").mkdir()
    command = [*OWN_MOUNTS, sys.executable, "-m", "tests.api.full_disk", scenario,
               str(tmp_path / "scratch"), *options]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, timeout=300, text=True, cwd=ROOT, env=environment()
    )
    if done.returncode == 77:
        pytest.skip("mounting is not permitted")
    assert done.returncode == 0, done.stderr
