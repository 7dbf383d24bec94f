"""Driver programs for clients in other languages: JSON requests in, JSON answers out, one per line.

A driver is built once for each test process, from `tests/clients/LANGUAGE`, into `.clients` beside
the repository's other caches. If something that a language needs (its compiler, its package
registry) is missing, its tests are skipped, with the reason.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, Queue
from typing import Any, Final, NamedTuple

import pytest

from tests.servers import REGION, ROOT, environment

SOURCES: Final = Path(__file__).parent
BUILT: Final = ROOT / ".clients"
_BUILD_SECONDS: Final = 900
ANSWER_SECONDS: Final = 120.0

Json = dict[str, Any]


class Language(NamedTuple):
    """A language with clients to test: the tools that it needs, and how its driver is built."""

    tools: tuple[str, ...]
    build: Callable[[], list[str]]


def _build_go() -> list[str]:
    program = BUILT / "go-driver"
    run(["go", "build", "-o", str(program), "."], SOURCES / "go")
    return [str(program)]


def _build_java() -> list[str]:
    target = BUILT / "java"
    goals = ["compile", "dependency:copy-dependencies", f"-DoutputDirectory={target}/libraries"]
    run(["mvn", "-q", "-B", f"-Dclients.target={target}", *goals], SOURCES / "java")
    return ["java", "-cp", f"{target}/classes:{target}/libraries/*", "Driver"]


def _build_rust() -> list[str]:
    target = BUILT / "rust"
    run(["cargo", "build", "-q", "--locked", "--target-dir", str(target)], SOURCES / "rust")
    return [str(target / "debug" / "rust-driver")]


def node_program(program: str) -> Callable[[], list[str]]:
    """What returns the command of a program of `javascript/`, after installing its packages."""

    def command() -> list[str]:
        folder, sources = BUILT / "javascript", SOURCES / "javascript"
        lock = (sources / "package-lock.json").read_text()
        mark = folder / "lock"
        if not mark.exists() or mark.read_text() != lock:
            folder.mkdir(parents=True, exist_ok=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(sources / name, folder)
            run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder)
            mark.write_text(lock)
        for each in sources.glob("*.mjs"):  # beside the packages that they import
            shutil.copy(each, folder)
        return ["node", str(folder / program)]

    return command


LANGUAGES: Final = {
    "go": Language(("go",), _build_go),
    "java": Language(("java", "mvn"), _build_java),
    "javascript": Language(("node", "npm"), node_program("dax.mjs")),
    "rust": Language(("cargo",), _build_rust),
}

DAX_LANGUAGES: Final = ("go", "java", "javascript")
"""Those that have a client of DAX."""


def run(command: list[str], directory: Path) -> None:
    done = subprocess.run(
        command, cwd=directory, capture_output=True, text=True, timeout=_BUILD_SECONDS, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"


def built(language: str) -> list[str]:
    """The command that runs a language's driver, after building it. Skips the test if the
    language's tools are not installed."""
    needs, build = LANGUAGES[language]
    absent = missing(needs)
    if absent:
        pytest.skip(f"not installed: {', '.join(absent)}")
    BUILT.mkdir(exist_ok=True)
    return build()


def missing(tools: Sequence[str]) -> list[str]:
    """The commands that are not installed."""
    return [tool for tool in tools if shutil.which(tool) is None]


def _trusting(authorities: Path, scratch: Path) -> dict[str, str]:
    """The environment variables that make programs in Go, Java and JavaScript trust authorities."""
    found = {"SSL_CERT_FILE": str(authorities), "NODE_EXTRA_CA_CERTS": str(authorities)}
    if shutil.which("keytool") is not None:
        store = scratch / "trusted.p12"
        password = "of no secret"
        run(
            [
                "keytool", "-importcert", "-noprompt", "-alias", "jedlik", "-file",
                str(authorities), "-keystore", str(store), "-storepass", password,
            ],
            scratch,
        )  # fmt: skip
        options = f"-Djavax.net.ssl.trustStore={store}"
        found["JAVA_TOOL_OPTIONS"] = f'{options} "-Djavax.net.ssl.trustStorePassword={password}"'
    return found


class Driver:
    """A running driver, connected to an endpoint."""

    def __init__(
        self,
        command: list[str],
        endpoint: str,
        credentials: tuple[str, ...],
        scratch: Path,
        trust: Path | None = None,
    ) -> None:
        """Start it; it trusts the authorities in the file `trust`, if given."""
        access_key, secret_key, *token = credentials
        variables = environment(
            AWS_REGION=REGION,
            AWS_DEFAULT_REGION=REGION,
            AWS_ACCESS_KEY_ID=access_key,
            AWS_SECRET_ACCESS_KEY=secret_key,
            PYTHONDONTWRITEBYTECODE="",  # else each command would be compiled again
        )
        if token:
            variables["AWS_SESSION_TOKEN"] = token[0]
        if endpoint.startswith("http"):
            variables["AWS_ENDPOINT_URL"] = endpoint
            variables["TABLE_DEFINITION"] = str(SOURCES / "scenarios" / "table.json")
        # A machine may have a configuration of its own, or a service that gives out credentials.
        variables |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull}
        if trust is not None:
            variables |= _trusting(trust, scratch)
        self._log = scratch / "driver.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, endpoint],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=variables,
            )
        self._lines: Queue[bytes] = Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(b"")

    def ask(self, operation: str, payload: Json) -> Json:
        """The answer to an operation: `{"output": ...}` or `{"error": ...}`. Raises RuntimeError if
        the driver ends or does not answer."""
        return self._answer_to({"operation": operation, "input": payload})

    def do(self, verb: str, given: Json) -> Json:
        """The same for a step that clients do in their own ways; also `{"unsupported": ...}`."""
        return self._answer_to({"verb": verb, "input": given})

    def _answer_to(self, request: Json) -> Json:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise RuntimeError(f"the driver has ended: {self._log.read_text()}") from None
        asked = request.get("operation") or request.get("verb")
        try:
            answer = self._lines.get(timeout=ANSWER_SECONDS)
        except Empty:
            raise RuntimeError(f"no answer to {asked}: {self._log.read_text()}") from None
        if not answer:
            raise RuntimeError(f"the driver ended at {asked}: {self._log.read_text()}")
        found: Json = json.loads(answer)
        return found

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
