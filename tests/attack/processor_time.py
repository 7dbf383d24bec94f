"""The processor time of a server."""

from __future__ import annotations

from pathlib import Path

from tests.servers import RunningServer


def cpu_seconds(server: RunningServer) -> float:
    """Seconds that it has taken so far, of the user and the system."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
