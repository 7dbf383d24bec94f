"""The npm package: by itself, and in real runs of jest and vitest, as users install it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packages.conftest import SECONDS
from tests.servers import ROOT, environment

PACKAGE = ROOT / "packaging" / "npm"
PROJECT = Path(__file__).parent / "node"
VARIABLES = environment(JEDLIK_COMMAND=f"{sys.executable} -m jedlik", PYTHONPATH=str(ROOT),
                        NODE_NO_WARNINGS="1", NO_COLOR="1")  # fmt: skip
Tool = Callable[[str], str]


def run(*command: str, cwd: Path) -> str:
    """What it printed."""
    done = subprocess.run(command, cwd=cwd, env=VARIABLES, capture_output=True, text=True,
                          timeout=SECONDS, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def project(tool: Tool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's project, with the package as npm would publish it."""
    folder = tmp_path_factory.mktemp("node") / "orders"
    shutil.copytree(PROJECT, folder)
    packed = run(tool("npm"), "pack", "--silent", "--pack-destination", str(folder), cwd=PACKAGE)
    run(tool("npm"), "install", "--no-audit", "--no-fund", f"./{packed.strip()}", cwd=folder)
    return folder


def test_the_package_by_itself(tool: Tool) -> None:
    printed = run(tool("node"), "--test", "test/", cwd=PACKAGE)
    assert re.search("^# pass [1-9]", printed, re.MULTILINE)
    assert "# fail 0" in printed


@pytest.mark.parametrize("runner", [("jest",), ("vitest", "run")], ids=lambda each: each[0])
def test_a_suite(tool: Tool, project: Path, runner: tuple[str, ...]) -> None:
    printed = run(tool("npx"), "--no-install", *runner, cwd=project)
    assert re.search(r"Tests:? +10 passed", printed)


def test_the_package_has_the_servers_version() -> None:
    about = json.loads((PACKAGE / "package.json").read_text("utf-8"))
    assert f'version = "{about["version"]}"' in (ROOT / "pyproject.toml").read_text("utf-8")
