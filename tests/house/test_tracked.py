"""Every tracked file is used: another file names it, and every benchmark is run."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from pathlib import Path, PurePosixPath

import pytest

from tests.house.tree import ROOT

FOUND_BY_TOOLS = re.compile(
    r"(.*/)?(__init__|__main__|conftest|test_[^/]+)\.py|(.*/)?\.(docker|git)ignore|\.ci/run"
    r"|\.github/workflows/.+|changelog\.d/.+\.md|docs/pictures/console/.+"
    r"|(tests/clients/[^/]+|examples/junit)/.+|packaging/helm/.+"
    r"|(.*/)?([^/]+\.test\.js|vitest\.config\.mjs)|mkdocs\.yml"
).fullmatch
"""Tools find these by their names and places: Python, pytest, git, Docker, Go, Maven, Helm, Jest,
Vitest, MkDocs; a release takes the fragments of the changelog."""
TEXT = {
    *(".css", ".html", ".js", ".json", ".md", ".mjs", ".py", ".svg", ".toml", ".ts", ".txt"),
    *(".yaml", ".yml", ".sh", ".c", ".go", ".java", ".xml", ".cfg", ""),
}
TOKEN = re.compile(r"[\w-]+(?:\.[\w-]+)*")


def names_of(file: str) -> set[str]:
    """The names by which other files may refer to a file: its name, and a module's stem."""
    path = PurePosixPath(file)
    return {path.name, path.stem} if path.suffix in (".py", ".md", ".js", ".json") else {path.name}


def words_of(text: str) -> set[str]:
    """The words of a text, with and without dots in them: possible names of files and modules."""
    words = set(TOKEN.findall(text))
    return words.union(*(word.split(".") for word in words if "." in word))


def tracked() -> list[str]:
    """The files that git tracks; empty outside a checkout."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z"]
    done = subprocess.run(command, capture_output=True, text=True)
    files = done.stdout.split("\0") if done.returncode == 0 else []
    return [file for file in files if file and (ROOT / file).is_file()]


def unnamed(files: dict[str, str]) -> list[str]:
    """The files that no other one names."""
    wanted = {file: names_of(file) for file in files if not FOUND_BY_TOOLS(file)}
    names = set().union(*wanted.values())
    words = {file: words_of(text) & names for file, text in files.items()}
    naming = Counter(word for each in words.values() for word in each)
    return [
        file
        for file, own in wanted.items()
        if not any(naming[name] - (name in words[file]) for name in own)
    ]


def test_a_file_that_no_other_names_is_found() -> None:
    files = {
        "a/used.py": "import b",
        "a/left_over.py": "left_over",
        "b.py": "importlib.import_module('a.used')",
        "test_b.py": "from a import b",
        "docs/.fs": "",
    }
    assert unnamed(files) == ["a/left_over.py", "docs/.fs"]


def test_every_tracked_file_is_named_by_another() -> None:
    files = tracked()
    if not files:
        pytest.skip("not a checkout of git")
    texts = {
        file: path.read_text(errors="replace") if path.suffix in TEXT else ""
        for file in files
        for path in [ROOT / file]
    }
    assert unnamed(texts) == []


def test_every_benchmark_is_run_in_a_short_form() -> None:
    """By `make bench-smoke`, directly or as a part of another one."""
    bench = {path.stem: path for path in (ROOT / "bench").glob("*.py")}
    smoke = ast.parse(bench["smoke"].read_text())
    run = {
        Path(node.value).stem
        for node in ast.walk(smoke)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.endswith(".py")
    }
    parts = {
        part
        for name in run & bench.keys()
        for node in ast.walk(ast.parse(bench[name].read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for part in _imported(node)
    }
    assert bench.keys() - run - parts == {"smoke"}


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The modules that an import names."""
    return (
        [alias.name for alias in node.names] if isinstance(node, ast.Import) else [str(node.module)]
    )
