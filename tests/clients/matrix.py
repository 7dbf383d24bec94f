"""The clients that run the scenario of `scenarios/music.json`, each through a driver program.

A client's requirements are installed once into `.clients`, from its lock file, which also
determines its version.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.clients.drivers import BUILT, SOURCES, built, node_program, run

Json = dict[str, object]


class Client(NamedTuple):
    """A client: its program, the commands that must be installed, and where its version is."""

    title: str
    needs: Sequence[str]
    command: Callable[[], list[str]]
    lock: str
    package: str

    def version(self) -> str:
        """The version in the lock file."""
        text = (SOURCES / self.lock).read_text()
        if self.lock.endswith(".json"):
            return str(json.loads(text)["dependencies"][self.package])
        pattern = {
            ".txt": r"^{}==([\w.]+)",
            ".mod": r"^\s*{} v([\w.]+)",
            ".xml": r"<artifactId>{}</artifactId>\s*<version>([\w.]+)",
            ".toml": r'^{} = .*"=([\w.]+)"',
            ".tf": r'^ +{} = \{{[^}}]+version = "([\w.]+)"',
        }[Path(self.lock).suffix]
        found = re.search(pattern.format(re.escape(self.package)), text, re.MULTILINE)
        assert found is not None, (self.lock, self.package)
        return found.group(1)


def _python(environment: str, program: str) -> Callable[[], list[str]]:
    def command() -> list[str]:
        return [str(environment_of(environment)), str(SOURCES / "python" / program)]

    return command


def environment_of(name: str) -> Path:
    """The interpreter of an environment with the packages of a lock file in `python/`."""
    folder, lock = BUILT / name, SOURCES / "python" / f"{name}.txt"
    mark = folder / "lock"
    if not mark.exists() or mark.read_text() != lock.read_text():
        run([sys.executable, "-m", "venv", "--clear", str(folder)], SOURCES)
        pip = [str(folder / "bin" / "pip"), "-q", "--disable-pip-version-check", "install"]
        run([*pip, "--no-deps", "--require-hashes", "-r", str(lock)], SOURCES)
        mark.write_text(lock.read_text())
    return folder / "bin" / "python"


_PYTHON: Final = "python/sdk.txt"
_NPM: Final = "javascript/package.json"

CLIENTS: Final = {
    "boto3": Client("boto3", (), _python("sdk", "of_boto3.py"), _PYTHON, "boto3"),
    "aioboto3": Client(
        "aioboto3", (), _python("aio", "of_aioboto3.py"), "python/aio.txt", "aioboto3"
    ),
    "aws-cli": Client("AWS CLI", (), _python("sdk", "of_cli.py"), _PYTHON, "awscli"),
    "pynamodb": Client("PynamoDB", (), _python("sdk", "of_pynamodb.py"), _PYTHON, "pynamodb"),
    "javascript": Client(
        "AWS SDK for JavaScript 3, lib-dynamodb", ("node", "npm"), node_program("sdk.mjs"), _NPM,
        "@aws-sdk/lib-dynamodb",
    ),
    "electrodb": Client(
        "ElectroDB", ("node", "npm"), node_program("electrodb.mjs"), _NPM, "electrodb"
    ),
    "toolbox": Client(
        "DynamoDB-Toolbox", ("node", "npm"), node_program("toolbox.mjs"), _NPM, "dynamodb-toolbox"
    ),
    "dynamoose": Client(
        "Dynamoose", ("node", "npm"), node_program("dynamoose.mjs"), _NPM, "dynamoose"
    ),
    "onetable": Client(
        "OneTable", ("node", "npm"), node_program("onetable.mjs"), _NPM, "dynamodb-onetable"
    ),
    "go": Client(
        "AWS SDK for Go 2, attributevalue and expression", ("go",), lambda: built("go"),
        "go/go.mod", "github.com/aws/aws-sdk-go-v2/service/dynamodb",
    ),
    "java": Client(
        "AWS SDK for Java 2, Enhanced client", ("java", "mvn"), lambda: built("java"),
        "java/pom.xml", "bom",
    ),
    "rust": Client(
        "AWS SDK for Rust", ("cargo",), lambda: built("rust"), "rust/Cargo.toml", "aws-sdk-dynamodb"
    ),
}  # fmt: skip
"""In the order of the table in the manual."""


def _no_command() -> list[str]:
    raise AssertionError("it has a test of its own")


TOOLS: Final = {
    "terraform": Client(
        "Terraform, AWS provider", ("terraform",), _no_command, "terraform/provider.tf", "aws"
    ),
    "kcl": Client(
        "Kinesis Client Library 3, DynamoDB Streams adapter", ("java", "mvn"), _no_command,
        "kcl/pom.xml", "dynamodb-streams-kinesis-adapter",
    ),
    "aws-mcp": Client(
        "awslabs' DynamoDB MCP server", (), _no_command, "python/mcp.txt",
        "awslabs-dynamodb-mcp-server",
    ),
}  # fmt: skip
"""What plays no scenario, but has tests of its own here."""

PLAYED: Final = (
    "tables", "items", "numbers", "conditions", "batches", "pages", "transactions", "PartiQL",
    "streams", "presigned",
)  # fmt: skip
"""The chapters of the scenario's file."""

CHAPTERS: Final = (*PLAYED, "throttling", "clock")
"""Two more are tests of their own (test_matrix.py)."""
