"""The programs in examples/, run as a user runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
EXAMPLES: Final = ROOT / "examples"


def run(*command: str, **environment: str) -> str:
    """The output of a command. Fails the test if the command fails, or writes an error."""
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=120,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONUTF8": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            **environment,
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    return done.stdout


def program(name: str, *arguments: str, **environment: str) -> str:
    """The output of a program of that file name."""
    return run(sys.executable, str(EXAMPLES / name), *arguments, **environment)
