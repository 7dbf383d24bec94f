"""Building the wheel and the sdist from a copy of what is under version control."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.servers import ROOT, environment

EPOCH = "1700000000"
SECONDS = 120


class Distributions(NamedTuple):
    """What is uploaded."""

    wheel: Path
    sdist: Path


def checked_out(folder: Path) -> Path:
    """A copy of the tracked files, and of new ones that nothing ignores, in `folder`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return folder


def build(source: Path, target: Path, epoch: str = EPOCH) -> Distributions:
    """Build both as `make dist` does."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(target)], cwd=source, check=True,
        capture_output=True, timeout=SECONDS, env=environment(SOURCE_DATE_EPOCH=epoch),
    )  # fmt: skip
    (wheel,) = target.glob("*.whl")
    (sdist,) = target.glob("*.tar.gz")
    return Distributions(wheel, sdist)
