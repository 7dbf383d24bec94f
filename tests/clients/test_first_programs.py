"""The first programs of the manual's page on clients, as a reader would paste them.

Each takes its packages from the client's driver. The driver's Rust has no TLS, and so no client of
HTTP by default: that program is compiled, and not run.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clients.drivers import BUILT, SOURCES, built, run
from tests.servers import ROOT, RunningServer, environment

pytestmark = pytest.mark.clients

PAGE = (ROOT / "docs" / "clients.md").read_text("utf-8")
SECTION = PAGE.partition("\n## A first program\n")[2].partition("\n## ")[0]
PROGRAMS = dict(re.findall(r"^```(\w+)\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    started = RunningServer(tmp_path_factory.mktemp("first"), "--memory")
    started.client().create_table(
        TableName="Music",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "Artist", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "Artist", "AttributeType": "S"}],
    )
    yield started
    started.end_well()


def _js(program: Path) -> tuple[list[str], Path]:
    built("javascript")
    beside = shutil.copy(program, BUILT / "javascript" / "first.mjs")
    return ["node", str(beside)], BUILT


def _java(program: Path) -> tuple[list[str], Path]:
    built("java")
    return ["java", "-cp", f"{BUILT}/java/libraries/*", str(program)], BUILT


def _go(program: Path) -> tuple[list[str], Path]:
    built("go")
    return ["go", "run", str(program)], SOURCES / "go"


RUNS: dict[str, Callable[[Path], tuple[list[str], Path]]] = {"js": _js, "java": _java, "go": _go}


@pytest.mark.parametrize("language", RUNS)
def test_it_prints_the_tables(language: str, server: RunningServer, tmp_path: Path) -> None:
    program = tmp_path / f"first.{language}"
    text = PROGRAMS[language]
    assert "http://127.0.0.1:8000" in text
    program.write_text(text.replace("http://127.0.0.1:8000", server.url))
    command, directory = RUNS[language](program)
    printed = subprocess.run(
        command, cwd=directory, env=environment(), capture_output=True, text=True, check=False
    )
    assert "Music" in printed.stdout, printed.stderr


def test_it_compiles_in_rust(tmp_path: Path) -> None:
    built("rust")
    manifest = (SOURCES / "rust" / "Cargo.toml").read_text("utf-8")
    (tmp_path / "Cargo.toml").write_text(
        manifest.replace("jedlik-clients", "first-program").replace("rust-driver", "first-program")
    )
    shutil.copy(SOURCES / "rust" / "Cargo.lock", tmp_path)
    (tmp_path / "main.rs").write_text(PROGRAMS["rust"])
    run(["cargo", "build", "-q", "--offline", "--target-dir", str(BUILT / "rust")], tmp_path)


def test_there_is_one_in_each_language() -> None:
    assert PROGRAMS.keys() == {*RUNS, "rust"}
