"""Terraform: each stack is applied, planned again without a change, and destroyed."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.clients.drivers import SOURCES, missing
from tests.clients.matrix import TOOLS
from tests.clients.outcomes import PASS, Outcomes
from tests.servers import RunningServer, environment

STACKS: Final = {
    "tables": "tables and all that they have: indexes, stream, TTL, recovery, KMS key, class, "
    "maxima, items, tags, insights, policy, Kinesis destination",
    "capacity": "auto scaling targets, policies and scheduled actions, alarms",
    "regions": "replicas",
    "cache": "DAX clusters and groups",
    "functions": "Lambda functions and mappings, IAM roles",
    "files": "exports and imports",
}
"""What each folder of `terraform/` is about, as the manual says it."""
SECONDS: Final = 1800
UNCHANGED, FAILED, CHANGED = 0, 1, 2
HANDLER: Final = "def handle(event, context):\n    return {'batchItemFailures': []}\n"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("terraform")
    for each in ("kinesis", "exports", "imports/songs"):
        (found / each).mkdir(parents=True)
    (found / "imports" / "songs" / "one.csv").write_text("id;title\none;Vexations\n")
    with zipfile.ZipFile(found / "follower.zip", "w") as archive:
        archive.writestr("follower.py", HANDLER)
    return found


@pytest.fixture(scope="module")
def server(scratch: Path) -> Iterator[RunningServer]:
    server = RunningServer(
        scratch, "--memory", "--regions", "us-east-1,eu-west-1,ap-south-1",
        "--dax", "--dax-port", "0", "--dax-tls-port", "0",
        "--kinesis-endpoint", scratch / "kinesis",
        "--bucket", f"exports={scratch / 'exports'}", "--bucket", f"imports={scratch / 'imports'}",
    )  # fmt: skip
    yield server
    server.end_well()


@pytest.fixture(scope="module")
def outcomes() -> Iterator[Outcomes]:
    found = Outcomes("terraform", TOOLS["terraform"].version())
    yield found
    found.keep()


class Stack:
    """A folder in which Terraform works."""

    def __init__(self, folder: Path, server: RunningServer, scratch: Path) -> None:
        self._folder = folder
        self._variables = environment(
            TF_VAR_endpoint=server.url,
            TF_VAR_package=str(scratch / "follower.zip"),
            TF_VAR_imported="songs",
            TF_IN_AUTOMATION="1",
            CHECKPOINT_DISABLE="1",
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """Exit code of a command and what it wrote."""
        done = subprocess.run(
            ["terraform", *arguments, "-no-color"], cwd=self._folder, env=self._variables,
            capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout if done.returncode == 0 else done.stdout + done.stderr


@pytest.fixture(params=list(STACKS))
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def stack(name: str, server: RunningServer, scratch: Path, tmp_path: Path) -> Stack:
    if missing(["terraform"]):
        pytest.skip("Terraform is not tried: terraform not installed")
    for each in (SOURCES / "terraform" / name).iterdir():
        shutil.copy(each, tmp_path)
    shutil.copy(SOURCES / "terraform" / "provider.tf", tmp_path)
    made = Stack(tmp_path, server, scratch)
    code, text = made.run("init")  # where there is no registry: TF_CLI_ARGS_init=-plugin-dir=...
    if code != 0:
        pytest.skip(f"Terraform is not tried: its provider cannot be installed: {text[-500:]}")
    return made


def test_a_stack(name: str, stack: Stack, outcomes: Outcomes) -> None:
    code, text = stack.run("apply", "-auto-approve")
    assert code == 0, text
    code, text = stack.run("plan", "-detailed-exitcode")
    assert code == UNCHANGED, text
    code, text = stack.run("output", "-json")
    found = {key: each["value"] for key, each in json.loads(text).items()}
    assert found.items() >= EXPECTED.get(name, {}).items()
    code, text = stack.run("destroy", "-auto-approve")
    assert code == 0, text
    outcomes.note(STACKS[name], PASS)


EXPECTED: Final = {"tables": {"item": "1893", "class": "STANDARD_INFREQUENT_ACCESS"}}
"""What stacks read back."""


def test_nothing_is_left(server: RunningServer, outcomes: Outcomes) -> None:
    assert server.client().list_tables()["TableNames"] == []
    targets = server.client("application-autoscaling").describe_scalable_targets
    assert targets(ServiceNamespace="dynamodb")["ScalableTargets"] == []
    assert server.client("lambda").list_functions()["Functions"] == []
    assert server.client("lambda").list_event_source_mappings()["EventSourceMappings"] == []
    assert server.client("iam").list_roles()["Roles"] == []
    names = [each["ClusterName"] for each in server.client("dax").describe_clusters()["Clusters"]]
    assert "music" not in names
