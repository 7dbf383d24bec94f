"""Real servers for tests: `jedlik serve` in separate processes."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import boto3
from botocore.config import Config

from tests.forked import Forked

ROOT = Path(__file__).parents[1]
REGION = "us-east-1"
ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
WORKERS = "--workers"
ONE_PROCESS = frozenset((WORKERS, "--faults", "--testing"))
"""Options of servers whose number of processes a test has chosen, or that can have only one."""

START_SECONDS = 60.0
STOP_SECONDS = 20.0

UNSIGNED = {
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Date": "20240101T000000Z",
    "Authorization": (
        f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20240101/{REGION}/dynamodb/aws4_request, "
        f"SignedHeaders=host;x-amz-date;x-amz-target, Signature={'0' * 64}"
    ),
}
"""Headers with credentials in the right form and a wrong signature: enough for an open server."""


def free_port() -> int:
    """A free port, for a server that uses it more than once.

    It is not one that systems assign to outgoing connections: such a connection could take it while
    the server is stopped, and a client that connects meanwhile could be connected to itself.
    """
    while True:
        port = random.SystemRandom().randrange(10_000, 32_768)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port


def is_closed(client: socket.socket) -> bool:
    """Whether the server has closed a connection."""
    client.setblocking(False)
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def environment(**variables: str) -> dict[str, str]:
    """The environment of a Jedlik process in tests: without the machine's own settings for it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JEDLIK_", "AWS_", "PYTEST_", "COV_")) and name != "NO_COLOR"
    }
    return {**kept, "PYTHONUTF8": "1", **variables}


def jedlik(
    *arguments: str | Path, variables: Mapping[str, str] | None = None, timeout: float = 60.0
) -> subprocess.CompletedProcess[str]:
    """Run a command of Jedlik's to its end."""
    given = [str(each) for each in arguments]
    with tempfile.TemporaryDirectory(prefix="jedlik-command-") as scratch:
        output, log = Path(scratch, "output"), Path(scratch, "log")
        process = Forked(given, environment(**(variables or {})), ROOT, output, log)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        return subprocess.CompletedProcess(given, code, output.read_text(), log.read_text())


def _start(
    arguments: list[str], variables: Mapping[str, str], directory: Path, stdout: Path, stderr: Path
) -> subprocess.Popen[bytes]:
    with stdout.open("wb") as output, stderr.open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "jedlik", *arguments],
            stdout=output,
            stderr=log,
            env=variables,
            cwd=directory,
            start_new_session=True,
        )


class Closable(Protocol):
    """A client, a connection or a socket."""

    def close(self) -> None: ...


Kept = TypeVar("Kept", bound=Closable)


def start_over_workers(number: int) -> None:
    """From now on, start servers with so many workers, unless their options say otherwise.

    Clients of boto3 connect for each request, so that their requests reach any of the workers.
    """
    RunningServer.workers = number
    if number > 1:
        session = boto3.session.Session()
        session.events.register("before-send", close_after)
        boto3.DEFAULT_SESSION = session


def close_after(request: Any, **_: object) -> None:
    """Have the connection of a boto3 client closed with the answer."""
    request.headers["Connection"] = "close"


def _over_workers(number: int, scratch: Path, options: Sequence[str | Path]) -> list[str | Path]:
    """The options of a server with so many workers. These share a directory, so a server that would
    keep its data in memory gets one."""
    if number == 1 or not ONE_PROCESS.isdisjoint(options):
        return list(options)
    workers: list[str | Path] = [WORKERS, str(number)]
    if "--memory" in options:
        workers += ["--data", scratch / "in-memory"]
    return [*(each for each in options if each != "--memory"), *workers]


class RunningServer:
    """A server in a process group of its own, on a free port."""

    workers = 1
    """See `start_over_workers`."""

    def __init__(
        self,
        scratch: Path,
        *options: str | Path,
        variables: Mapping[str, str] | None = None,
        credentials: tuple[str, str] = (ACCESS_KEY, SECRET_KEY),
        trust: Path | None = None,
        fresh: bool = False,
    ) -> None:
        """Start it and wait until it answers; `scratch` is for its port, output and log.

        With `trust`, a file of authorities for clients, it is called over TLS. With `fresh`, it is
        started as users start it, and not forked.

        Raises RuntimeError with its output if it ends instead.
        """
        self.credentials = credentials
        self.trust = trust
        self._clients: list[Closable] = []
        self._output = scratch / "output"
        self._log = scratch / "log"
        port_file = scratch / "port"
        port_file.unlink(missing_ok=True)
        start = _start if fresh else Forked
        arguments = ["serve", "--port", "0", "--port-file", str(port_file)]
        arguments += map(str, _over_workers(self.workers, scratch, options))
        given = environment(**(variables or {}))
        self.process = start(arguments, given, ROOT, self._output, self._log)
        self.port = self._wait_for_port(port_file)
        self.host = "127.0.0.1"
        self.url = f"{'http' if trust is None else 'https'}://{self.host}:{self.port}"

    def _wait_for_port(self, port_file: Path) -> int:
        end = time.monotonic() + START_SECONDS
        while not port_file.exists():
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended: {self.log()}")
            if time.monotonic() > end:
                self.kill()
                raise RuntimeError(f"the server does not start: {self.log()}")
            time.sleep(0.005)
        return int(port_file.read_text())

    def output(self) -> str:
        """Its standard output so far."""
        return self._output.read_text()

    def log(self) -> str:
        """Its standard error so far."""
        return self._log.read_text()

    # --- Talking to it -------------------------------------------------------------------------

    def client(self, service: str = "dynamodb", **config: Any) -> Any:
        """A boto3 client that does not retry."""
        return self.keep(boto3.client(service, **self._of_boto3(config)))

    def client_in(
        self, region: str, service: str = "dynamodb", access_key: str | None = None
    ) -> Any:
        """A boto3 client for a region; its access key is the server's by default."""
        given = {**self._of_boto3({}), "region_name": region}
        if access_key is not None:
            given["aws_access_key_id"] = access_key
        return self.keep(boto3.client(service, **given))

    def resource(self, **config: Any) -> Any:
        """A boto3 resource that does not retry."""
        made = boto3.resource("dynamodb", **self._of_boto3(config))
        self.keep(made.meta.client)
        return made

    def keep(self, client: Kept) -> Kept:
        """The client or connection, to be closed with the server at the latest.

        Otherwise the garbage collector finds its sockets during a later test, which then fails.
        """
        self._clients.append(client)
        return client

    def _of_boto3(self, config: dict[str, Any]) -> dict[str, Any]:
        access_key, secret_key = self.credentials
        config = {"retries": {"total_max_attempts": 1}, "read_timeout": 30, **config}
        return {
            "endpoint_url": self.url,
            "region_name": REGION,
            "aws_access_key_id": access_key,
            "aws_secret_access_key": secret_key,
            "config": Config(**config),
            **({} if self.trust is None else {"verify": str(self.trust)}),
        }

    def connection(self, timeout: float = 30.0) -> http.client.HTTPConnection:
        """A connection for `post`."""
        return self.keep(http.client.HTTPConnection(self.host, self.port, timeout=timeout))

    def socket(self, timeout: float = 30.0) -> socket.socket:
        """A connected socket for bytes of any kind."""
        return self.keep(socket.create_connection((self.host, self.port), timeout))

    def call(self, operation: str, payload: Any, **headers: str) -> tuple[int, Any]:
        """Status and JSON of one call on a new connection."""
        connection = self.connection()
        try:
            return post(connection, operation, payload, **headers)
        finally:
            connection.close()

    # --- Ending it -----------------------------------------------------------------------------

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end; returns its exit code."""
        self.close_clients()
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.wait()

    def end_well(self) -> None:
        """Ask it to end, and fail unless it does so with 0 and has met no exception that it did not
        expect."""
        try:
            code = self.stop()
        finally:
            self.kill()
        assert code == 0, self.log()
        assert "Traceback" not in self.log(), self.log()

    def close_clients(self) -> None:
        """Close the clients made for it."""
        while self._clients:
            self._clients.pop().close()

    def wait(self) -> int:
        """Wait for its end; returns its exit code."""
        return self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """End all its processes by SIGKILL."""
        self.close_clients()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)


def post(
    connection: http.client.HTTPConnection, operation: str, payload: Any, **headers: str
) -> tuple[int, Any]:
    """Status and JSON of one call, unsigned; `payload` is JSON data, or bytes to send as they are.

    `operation` is a name of DynamoDB's or a whole target; header names have `_` for `-`.
    """
    target = operation if "." in operation else f"DynamoDB_20120810.{operation}"
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    extra = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("POST", "/", body, {**UNSIGNED, "X-Amz-Target": target, **extra})
    answer = connection.getresponse()
    content = answer.read()
    return answer.status, json.loads(content) if content else None
