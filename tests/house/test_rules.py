"""The house rules that no linter knows: how long files and functions may be, and their names.

Generated data has no such limits.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GENERATED = {*ROOT.glob("jedlik/services/*/shapes.py"), ROOT / "jedlik/services/iam/members.py"}
FILES = sorted(
    path
    for folder in ("jedlik", "tests", "bench", "examples", "scripts")
    for path in (ROOT / folder).rglob("*.py")
    if path not in GENERATED
)

LONGEST_FILE = 500
LONGEST_FUNCTION = 60
NAMES_THAT_SAY_NOTHING = {"helpers", "helper", "utils", "util", "misc", "common"}


def functions(source: str) -> Iterator[tuple[str, int]]:
    """Every function's name and its number of lines, its docstring left out."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1 if ast.get_docstring(node) and len(node.body) > 1 else 0]
            yield node.name, (node.end_lineno or 0) - first.lineno + 1


def test_the_functions_of_a_source_are_measured_without_their_docstrings() -> None:
    source = 'def short():\n    """One.\n\n    Two.\n    """\n    return 1\n'
    assert list(functions(source)) == [("short", 1)]
    source = "class A:\n    async def long(self):\n        a\n        b\n"
    assert list(functions(source)) == [("long", 2)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_short_and_have_names(path: Path) -> None:
    source = path.read_text()
    assert source.count("\n") <= LONGEST_FILE
    assert [found for found in functions(source) if found[1] > LONGEST_FUNCTION] == []
    assert path.stem not in NAMES_THAT_SAY_NOTHING
