"""Load over HTTP, by wrk: one thread, 32 connections unless told otherwise."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from sides import Running

CONNECTIONS = 32

_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_P99 = re.compile(r"99%\s+([\d.]+)(us|ms|s)\b")
_BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)")
_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


def needed() -> None:
    """End the program where wrk is missing."""
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: it makes the load (Debian and Ubuntu: apt install wrk).")


def drive(script: Path, url: str, seconds: int, connections: int = CONNECTIONS) -> dict[str, float]:
    """One turn of wrk: requests a second and the 99th percentile of latency in milliseconds."""
    done = subprocess.run(
        ("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script),
         f"{url}/"),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    rate, p99 = _RATE.search(done.stdout), _P99.search(done.stdout)
    if rate is None or p99 is None or _BAD.search(done.stdout):
        raise SystemExit(f"wrk met errors:\n{done.stdout}")
    return {"rate": float(rate[1]), "p99": float(p99[1]) * _MILLISECONDS[p99[2]]}


def drive_costed(script: Path, server: Running, seconds: int) -> dict[str, float]:
    """The same, and with it `cost`: microseconds of the server's processor time a request."""
    began = server.processor_time()
    driven = drive(script, server.url, seconds)
    used = server.processor_time() - began
    return {**driven, "cost": used / driven["rate"] / seconds * 1e6}
