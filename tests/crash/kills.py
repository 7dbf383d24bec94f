"""Killing servers, and looking at what they left."""

from __future__ import annotations

import os
import random
import re
import signal
import time
from pathlib import Path

from tests.servers import RunningServer, jedlik


def kill_some(server: RunningServer, draw: random.Random) -> None:
    """Before everything is killed: kill only the parent, only one worker or other child, or
    none."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    if children.exists():
        others = [int(pid) for pid in children.read_text().split()]
    else:
        others = [int(pid) for pid in re.findall(r"worker (\d+) is ready", server.log())]
    victim = draw.choice([None, server.process.pid, *others])
    if victim is not None:
        os.kill(victim, signal.SIGKILL)
        time.sleep(draw.uniform(0, 0.3))


def verify(data: Path, *key: str | Path) -> None:
    """Fail if `jedlik verify` finds a problem in a data directory."""
    done = jedlik("verify", data, *key)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No problem found" in done.stdout
