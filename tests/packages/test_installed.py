"""An installation does what README says, as people install it: pip, uvx, pipx."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.docs.pages import ROOT, runnable_blocks
from tests.packages.building import Distributions
from tests.packages.conftest import SECONDS
from tests.servers import environment

DEFAULT_URL = "http://127.0.0.1:8000"
Tool = Callable[[str], str]


@contextmanager
def serving(command: list[str], folder: Path, variables: dict[str, str]) -> Iterator[str]:
    """The URL of a server that is run by this command, from its beginning to its end."""
    port_file = folder / "port"
    process = subprocess.Popen(
        [*command, "serve", "--port", "0", "--port-file", str(port_file)],
        cwd=folder, env=variables, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + SECONDS
        while not port_file.exists() or not port_file.read_text():
            assert process.poll() is None, "it ended"
            assert time.monotonic() < deadline, "it does not answer"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{int(port_file.read_text())}"
    finally:
        process.terminate()
        assert process.wait(30) == 0


def test_the_first_steps_of_readme(installation: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    with serving(["jedlik"], folder, installation) as url:
        for language, block in runnable_blocks(ROOT / "README.md"):
            program = ["python", "-c"] if language == "python" else ["bash", "-euc"]
            done = subprocess.run(
                [*program, block.replace(DEFAULT_URL, url)],
                cwd=folder, env=installation, capture_output=True, text=True, timeout=120,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            assert "Ányos" in done.stdout or r"\u00c1nyos" in done.stdout


def test_the_manual_and_the_man_page_come_along(
    installation: dict[str, str], tmp_path: Path
) -> None:
    page = Path(installation["VIRTUAL_ENV"], "share", "man", "man1", "jedlik.1")
    assert page.read_bytes() == (ROOT / "packaging" / "man" / "jedlik.1").read_bytes()
    printed = subprocess.run(
        ["jedlik", "manual", "testing"], cwd=tmp_path, env=installation, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert printed.stdout == (ROOT / "docs" / "testing.md").read_text("utf-8")


def test_completion_completes(installation: dict[str, str], tmp_path: Path) -> None:
    script = 'eval "$(jedlik completion bash)"; COMP_WORDS=(jedlik ser) COMP_CWORD=1; '
    done = subprocess.run(
        ["bash", "-c", script + '_jedlik_completion jedlik; echo "${COMPREPLY[*]}"'],
        cwd=tmp_path, env=installation, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["serve"]


def test_completion_completes_in_zsh(
    installation: dict[str, str], tool: Tool, tmp_path: Path
) -> None:
    script = (
        'autoload -Uz compinit; compinit -u -d dump; eval "$(jedlik completion zsh)"; '
        'print $_comps[jedlik]; COMP_WORDS="jedlik ser" COMP_CWORD=1 '
        "_JEDLIK_COMPLETE=zsh_complete jedlik"
    )
    done = subprocess.run(
        [tool("zsh"), "-f", "-c", script],
        cwd=tmp_path, env=installation, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["_jedlik_completion", "plain", "serve", "Run the server."]


def test_completion_completes_in_fish(
    installation: dict[str, str], tool: Tool, tmp_path: Path
) -> None:
    script = 'jedlik completion fish | source; complete -C "jedlik ser"'
    done = subprocess.run(
        [tool("fish"), "--no-config", "-c", script],
        cwd=tmp_path, env={**installation, "HOME": str(tmp_path)}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert done.stdout == "serve\tRun the server.\n"


def test_uvx_serves(distributions: Distributions, tool: Tool, tmp_path: Path) -> None:
    command = [tool("uvx"), "--from", str(distributions.wheel), "jedlik"]
    with serving(command, tmp_path, environment()) as url:
        assert re.match("http://127.0.0.1:[0-9]+$", url)


def test_pipx_run(distributions: Distributions, tool: Tool, tmp_path: Path) -> None:
    command = [tool("pipx"), "run", "--spec", str(distributions.wheel), "jedlik"]
    variables = environment(PIPX_HOME=str(tmp_path / "pipx"))
    with serving(command, tmp_path, variables) as url:
        assert re.match("http://127.0.0.1:[0-9]+$", url)
