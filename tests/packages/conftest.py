"""What users install, built once: the wheel, the sdist, and an environment with the wheel."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.packages.building import Distributions, build, checked_out
from tests.servers import environment

if importlib.util.find_spec("kubernetes_validate") is None:
    # `make test-packages` installs it; `make test` only collects these tests.
    collect_ignore = ["test_deployment.py"]

SECONDS = 600
"""Limit on a command that downloads from package registries."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark all tests here as `packages`: they build, install and download."""
    item.add_marker(pytest.mark.packages)


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """Paths of the wheel and the sdist of this source tree."""
    folder = tmp_path_factory.mktemp("distributions")
    return build(checked_out(folder / "source"), folder / "dist")


@pytest.fixture(scope="session")
def installation(
    distributions: Distributions, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Variables of an environment with the wheel, boto3 and the AWS CLI installed."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=True, symlinks=True)
    python = folder / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", distributions.wheel, "boto3", "awscli"],
        check=True, timeout=SECONDS, env=environment(),
    )  # fmt: skip
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {**environment(PATH=path, AWS_EC2_METADATA_DISABLED="true", AWS_PAGER=""),
            "VIRTUAL_ENV": str(folder)}  # fmt: skip


@pytest.fixture(scope="session")
def tool() -> object:
    """`tool(name)` is the path of a command, or skips the test if it is not installed."""

    def found(name: str) -> str:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        command = shutil.which(name, path=path)
        if command is None:
            pytest.skip(f"{name} is not installed here")
        return command

    return found
