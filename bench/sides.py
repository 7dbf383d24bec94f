"""The sides of the comparison: how each server is started, measured from outside, and stopped."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import workload

BENCH = Path(__file__).parent
PEERS = BENCH / ".peers"
DATA = BENCH / ".data"
"""Beside the sources, not in the system's directory for temporary files: that one may be in memory,
where a flush costs nothing."""

TLS = BENCH / ".data-tls"

CLOCK = 1 / os.sysconf("SC_CLK_TCK")
"""Seconds between two states of the clock that counts processor time: a hundredth."""

_ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
}
"""An installed server has its bytecode, and does not compile all of its modules at each start."""

PEER_PACKAGE = "@dynoxide/linux-x64"
_JEDLIK = (sys.executable, "-m", "jedlik", "serve", "--port", "{port}")
_KEYS = ("--access-key", workload.ACCESS_KEY, "--secret-key", workload.SECRET_KEY)


@dataclass(frozen=True)
class Side:
    """A server to measure. `command` may say {port} and {data}. With `table_key`, its tables are
    encrypted under a key of the key service."""

    name: str
    title: str
    command: tuple[str, ...]
    ours: bool = True
    scheme: str = "http"
    table_key: bool = False


def jedlik_sides(workers: int) -> list[Side]:
    """Jedlik as it is measured: signatures verified, on disk, with one process and with several,
    and in memory."""
    durable = (*_JEDLIK, "--data", "{data}", *_KEYS)
    return [
        Side("jedlik", "Jedlik, lmdb, fsync", durable),
        Side("workers", f"{workers} workers", (*durable, "--workers", str(workers))),
        Side("memory", "Jedlik, memory", (*_JEDLIK, "--memory", *_KEYS)),
    ]


def jedlik_side(name: str, workers: int = 2) -> Side:
    """Jedlik with one process: "jedlik", durable, or in "memory"; or with some "workers"."""
    return next(side for side in jedlik_sides(workers) if side.name == name)


def durable_side(workers: int) -> Side:
    """Jedlik with so many processes."""
    return jedlik_side("jedlik" if workers == 1 else "workers", workers)


def secured_sides() -> list[Side]:
    """Jedlik over TLS, and with its data encrypted."""
    plain = (*_JEDLIK, "--data", "{data}", *_KEYS)
    tls = ("--tls", "auto", "--tls-directory", str(TLS))
    root_key = ("--root-key-command", "printf %064d 7")
    return [
        Side("tls", "over TLS", (*plain, *tls), scheme="https"),
        Side("sealed", "encrypted at rest", (*plain, *root_key)),
        Side("table-key", "under a table's key", plain, table_key=True),
    ]


def peer_side() -> Side | None:
    """The peer, fetched if need be; None (and why, on stderr) where it cannot be had."""
    binary = PEERS / "package" / "dynoxide"
    if not binary.exists():
        npm = shutil.which("npm")
        if npm is None:
            sys.stderr.write(
                f"No peer: npm is missing (Debian and Ubuntu: apt install npm), or unpack "
                f"{PEER_PACKAGE} into {PEERS} yourself.\n"
            )
            return None
        PEERS.mkdir(exist_ok=True)
        packed = subprocess.run(
            (npm, "pack", "--silent", PEER_PACKAGE),
            cwd=PEERS,
            check=False,
            capture_output=True,
            text=True,
        )
        if packed.returncode:
            sys.stderr.write(f"No peer: npm pack {PEER_PACKAGE} failed: {packed.stderr.strip()}\n")
            return None
        archive = packed.stdout.split()[-1]
        subprocess.run(("tar", "-xzf", archive), cwd=PEERS, check=True)
        binary.chmod(0o755)
    return Side("peer", "Dynoxide, memory", (str(binary), "--port", "{port}"), ours=False)


@dataclass
class Running:
    """A server that runs, in a process group of its own."""

    side: Side
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"{self.side.scheme}://127.0.0.1:{self.port}"

    def memory(self) -> float:
        """Resident MiB of all of its processes."""
        return sum(self._of_all("rss")) / 1024

    def own_memory(self) -> int:
        """Resident bytes of its first process, without the files that are mapped."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        return 1024 * int(status.partition("RssAnon:")[2].split()[0])

    def processor_time(self) -> float:
        """Seconds of processor time that its first process has used, in hundredths."""
        return processor_time(self.process.pid)

    def all_processor_time(self) -> float:
        """Seconds of processor time that all of its processes have used."""
        return sum(map(processor_time, self._of_all("pid")))

    def _of_all(self, column: str) -> list[int]:
        """What `ps` says of each of its processes."""
        listing = subprocess.run(
            ("ps", "-A", "-o", f"pgid=,{column}="), capture_output=True, text=True, check=True
        )
        lines = (line.split() for line in listing.stdout.splitlines())
        return [int(figure) for pgid, figure in lines if int(pgid) == self.process.pid]

    def stop(self) -> None:
        """Stop it and wait for it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def processor_time(pid: int) -> float:
    """Seconds of processor time that a process has used, in hundredths."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * CLOCK


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(side: Side, data: Path) -> tuple[Running, float]:
    """Start a server; returns it and the seconds from its spawn to its first good answer."""
    port = free_port()
    command = [part.format(port=port, data=data) for part in side.command]
    headers, body = workload.signed(port, "ListTables", {})
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        env=_ENVIRONMENT,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    running = Running(side, port, process)
    while not _answers(running, headers, body):
        waited = time.perf_counter() - began
        if process.poll() is not None or waited > 30:
            running.stop()
            raise SystemExit(f"{side.title} did not start: {' '.join(command)}")
        time.sleep(0.002)
    return running, time.perf_counter() - began


def _answers(running: Running, headers: dict[str, str], body: bytes) -> bool:
    if running.side.scheme == "https":
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            "127.0.0.1", running.port, timeout=5, context=ssl._create_unverified_context()
        )
    else:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=5)
    try:
        connection.request("POST", "/", body, headers)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@contextlib.contextmanager
def all_running(sides: list[Side]) -> Iterator[list[Running]]:
    """All sides at once, filled; only the one that is asked does any work."""
    shutil.rmtree(DATA, ignore_errors=True)
    servers: list[Running] = []
    try:
        for side in sides:
            server, _ = start(side, DATA / side.name)
            servers.append(server)
            workload.fill(server.url, streamed=side.ours, table_key=side.table_key)
        yield servers
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(DATA, ignore_errors=True)
