"""Nodes of Apache Cassandra as plain Java processes: 127.0.0.1, 127.0.0.2 and so on.

Needs a JDK (17) and Maven, which takes the version of pom.xml from Maven Central once. Every node
has one token, a small heap and its files in a directory of its own, and may be killed and started
again at any time. With more than one node the cluster's metadata are kept by all of them, so that
none is special when it dies.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

POM: Final = Path(__file__).parent / "pom.xml"
PORT: Final = 9042
CONTROL_PORT: Final = 7190
"""Of the first node's JMX, less its number; on loopback."""
SECONDS_TO_START: Final = 600
AFTER_CRASH: Final = ("EXIT", "REBOOTSTRAP", "UNSAFE_STARTUP")
TOKENS: Final = 2**64

OPENED: Final = {
    "java.base": """java.io java.lang java.lang.module java.lang.reflect java.math java.net java.nio
        java.time java.util java.util.concurrent java.util.concurrent.atomic java.util.function
        java.util.zip jdk.internal.loader jdk.internal.math jdk.internal.misc jdk.internal.module
        jdk.internal.ref jdk.internal.reflect jdk.internal.util.jar jdk.internal.vm sun.nio.ch""",
    "java.rmi": "sun.rmi.registry sun.rmi.server sun.rmi.transport sun.rmi.transport.tcp",
    "java.sql": "java.sql",
    "java.management.rmi": "javax.management.remote.rmi",
    "jdk.management": "com.sun.management.internal",
    "jdk.management.jfr": "jdk.management.jfr",
    "jdk.attach": "sun.tools.attach",
    "jdk.compiler": "com.sun.tools.javac.file",
}
"""Packages of the JDK that Cassandra reaches into, by module."""

LOGGING: Final = """<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%-5level %date{HH:mm:ss.SSS} %logger{20} - %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="out"/></root>
</configuration>
"""


@dataclass
class Settings:
    """What one run varies."""

    commitlog: str = "batch"
    """`batch`: every write waits for its fsync; `periodic`: an fsync every 10 seconds."""
    journal: str = "BATCH"
    """The same for Accord's own journal; its default is PERIODIC."""
    after_crash: str = "EXIT"
    """What a node does that finds that it was killed. `EXIT`, the default: it does not start, since
    it cannot know that it remembers all its votes. `REBOOTSTRAP`: it asks the others for them.
    `UNSAFE_STARTUP`: it starts as if nothing had been."""
    accord: Mapping[str, Any] = field(default_factory=dict)
    heap: str = "640m"


class Ring:
    """Nodes that make one cluster."""

    def __init__(self, directory: Path, count: int, settings: Settings | None = None) -> None:
        self.directory, self.count = directory / f"ring-{os.getpid()}", count
        self.settings = settings or Settings()
        self.hosts = [f"127.0.0.{number}" for number in range(1, count + 1)]
        self.processes: dict[int, subprocess.Popen[bytes]] = {}
        self.classpath = classpath(directory)

    def __enter__(self) -> Self:
        try:
            for number in range(1, self.count + 1):  # one joins after the other
                self.start(number)
                self.wait(number)
            if self.count > 1:
                self.tool("cms", "reconfigure", str(self.count))
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        self.stop()
        if failed is None:  # else the logs may tell why
            shutil.rmtree(self.directory)

    def start(self, number: int) -> None:
        """Start a node, from its files if it has some."""
        home = self.directory / f"node{number}"
        home.mkdir(parents=True, exist_ok=True)
        configuration = home / "cassandra.yaml"
        configuration.write_text(json.dumps(self._configuration(number, home), indent=1))
        (home / "logback.xml").write_text(LOGGING)
        command = [
            *("java", f"-Xms{self.settings.heap}", f"-Xmx{self.settings.heap}", "-XX:+UseG1GC"),
            *("-XX:+ExitOnOutOfMemoryError", *opened(), "-Djdk.attach.allowAttachSelf=true"),
            *(f"-Djava.io.tmpdir={home}", f"-Dcassandra.storagedir={home}"),
            f"-Dcassandra.config={configuration.as_uri()}",
            f"-Dcassandra.jmx.local.port={CONTROL_PORT + number}",
            f"-Dlogback.configurationFile={home / 'logback.xml'}",
            *("-Dcassandra.ring_delay_ms=2000", "-Dcassandra.superuser_setup_delay_ms=0"),
            "-Dcassandra.skip_default_role_setup=true",
            *("-cp", self.classpath, "org.apache.cassandra.service.CassandraDaemon"),
        ]
        with (home / "log").open("ab") as log:
            self.processes[number] = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, cwd=home
            )

    def _configuration(self, number: int, home: Path) -> dict[str, Any]:
        return {
            "cluster_name": "bench",
            "num_tokens": 1,
            "initial_token": str(-(TOKENS // 2) + (number - 1) * (TOKENS // self.count)),
            "partitioner": "org.apache.cassandra.dht.Murmur3Partitioner",
            "endpoint_snitch": "org.apache.cassandra.locator.SimpleSnitch",
            "seed_provider": [
                {
                    "class_name": "org.apache.cassandra.locator.SimpleSeedProvider",
                    "parameters": [{"seeds": "127.0.0.1:7000"}],
                }
            ],
            "listen_address": f"127.0.0.{number}",
            "rpc_address": f"127.0.0.{number}",
            "storage_port": 7000,
            "native_transport_port": PORT,
            "start_native_transport": True,
            "commitlog_sync": self.settings.commitlog,
            **({"commitlog_sync_period": "10s"} if self.settings.commitlog == "periodic" else {}),
            "commitlog_segment_size": "16MiB",
            "data_file_directories": [str(home / "data")],
            "commitlog_directory": str(home / "commitlog"),
            "cdc_raw_directory": str(home / "cdc_raw"),
            "hints_directory": str(home / "hints"),
            "saved_caches_directory": str(home / "saved_caches"),
            "concurrent_reads": 8,
            "concurrent_writes": 8,
            "auto_snapshot": False,
            # A machine that is too slow is to be measured, not to be answered with time-outs.
            **{f"{kind}request_timeout": "10s" for kind in ("", "read_", "range_", "write_")},
            "cas_contention_timeout": "10s",
            "accord": {
                "enabled": True,
                "journal_directory": str(home / "accord"),
                "journal": {
                    "flush_mode": self.settings.journal,
                    "stop_marker_failure_policy": self.settings.after_crash,
                },
                **self.settings.accord,
            },
        }

    def wait(self, number: int) -> None:
        """Until a node answers clients; raises where it ends or takes too long."""
        end = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < end:
            status = self.processes[number].poll()
            if status is not None:
                log = (self.directory / f"node{number}" / "log").read_text(errors="replace")
                reasons = [line for line in log.splitlines() if "xception" in line]
                raise RuntimeError(f"node {number} ended with {status}: {reasons[-1:]}")
            try:
                socket.create_connection((self.hosts[number - 1], PORT), timeout=1).close()
            except OSError:
                time.sleep(0.5)
            else:
                return
        raise TimeoutError(f"node {number} did not answer within {SECONDS_TO_START} seconds")

    def kill(self, number: int) -> None:
        """End a node as a crash does."""
        self.processes[number].send_signal(signal.SIGKILL)
        self.processes[number].wait()

    def stop(self) -> None:
        """End all nodes; nothing of theirs is wanted any more."""
        for process in self.processes.values():
            process.kill()
        for process in self.processes.values():
            process.wait()

    def tool(self, *arguments: str) -> str:
        """What `nodetool` prints, run against the first node."""
        command = [
            *("java", "-Xmx128m", *opened(), f"-Duser.home={self.directory}"),
            f"-Dlogback.configurationFile={self.directory / 'node1' / 'logback.xml'}",
            *("-cp", self.classpath, "org.apache.cassandra.tools.NodeTool"),
            *("-h", "127.0.0.1", "-p", str(CONTROL_PORT + 1), *arguments),
        ]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=self.directory
        )
        if done.returncode:
            raise RuntimeError(f"nodetool {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout


def opened() -> list[str]:
    """The options that let Cassandra into the JDK."""
    return [
        option
        for module, packages in OPENED.items()
        for package in packages.split()
        for kind in ("opens", "exports")
        for option in (f"--add-{kind}", f"{module}/{package}=ALL-UNNAMED")
    ]


def options_of(parser: argparse.ArgumentParser) -> None:
    """The options that every program here has about its nodes."""
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--commitlog", choices=("batch", "periodic"), default="batch")
    parser.add_argument("--journal", choices=("BATCH", "PERIODIC"), default="BATCH")
    parser.add_argument("--after-crash", choices=AFTER_CRASH, default="EXIT")
    parser.add_argument("--accord", type=json.loads, default={}, help="settings of accord, JSON")
    parser.add_argument("--heap", default="640m")
    parser.add_argument("--directory", type=Path, default=Path("build/accord"))


def ring_of(options: argparse.Namespace) -> Ring:
    """The nodes that the options describe, with files of their own."""
    directory = options.directory.resolve()
    settings = Settings(
        options.commitlog, options.journal, options.after_crash, options.accord, options.heap
    )
    return Ring(directory, options.nodes, settings)


def classpath(directory: Path) -> str:
    """The jars of Cassandra, taken from Maven Central at the first call."""
    for program, package in (("java", "a JDK, version 17"), ("mvn", "Maven")):
        if shutil.which(program) is None:
            sys.exit(f"{program} is not on the PATH: this needs {package}")
    directory.mkdir(parents=True, exist_ok=True)
    found = directory / "classpath"
    if not found.exists() or found.stat().st_mtime < POM.stat().st_mtime:
        command = ["mvn", "-q", "-f", str(POM), "dependency:build-classpath"]
        subprocess.run([*command, f"-Dmdep.outputFile={found}"], check=True, env=os.environ)
    return found.read_text().strip()


def main() -> None:
    """Run nodes until interrupted, to try things out."""
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    options_of(parser)
    with ring_of(parser.parse_args()) as ring:
        sys.stdout.write(f"ready: {' '.join(ring.hosts)}\n")
        sys.stdout.flush()
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    main()
