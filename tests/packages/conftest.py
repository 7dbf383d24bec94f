"""What users install, made once: the wheel and the sdist, and an environment with the wheel."""

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
    # `make test-packages` installs it; `make test` only looks at which tests there are.
    collect_ignore = ["test_deployment.py"]

SECONDS = 600
"""For what takes package registries."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """All tests here build, install, and take package registries."""
    item.add_marker(pytest.mark.packages)


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """The wheel and the sdist of this source tree."""
    folder = tmp_path_factory.mktemp("distributions")
    return build(checked_out(folder / "source"), folder / "dist")


@pytest.fixture(scope="session")
def installation(
    distributions: Distributions, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The variables of an environment in which the wheel and its users' clients are installed."""
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
    """Finds a command, of this environment or of the machine; its test is skipped without it."""

    def found(name: str) -> str:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        command = shutil.which(name, path=path)
        if command is None:
            pytest.skip(f"{name} is not installed here")
        return command

    return found
