"""Every module with logic in it has unit tests under its name: tests/unit mirrors jedlik.

Modules that are tested only as parts of a whole are listed in `without_mirror.txt`, with the tests
of that whole. The list must not grow: a module that gets its own tests is removed from it, and
LONGEST_LIST is lowered. A module that declares more than it decides needs neither (see LOGIC).
"""

from __future__ import annotations

import ast
import functools
from pathlib import Path

from tests.house.tree import GENERATED, ROOT

PACKAGE = ROOT / "jedlik"
LIST = Path(__file__).parent / "without_mirror.txt"
LINES = [line for line in LIST.read_text().splitlines() if not line.startswith("#")]
TRIED_BY = dict(line.split() for line in LINES)
LISTED = TRIED_BY.keys()
LONGEST_LIST = 42
LOGIC = 25
"""From this many places on at which it decides or repeats something, a module is to be tested by
itself."""
DECISIONS = (
    ast.BoolOp, ast.For, ast.AsyncFor, ast.If, ast.IfExp, ast.Match, ast.Try, ast.While,
    ast.comprehension,
)  # fmt: skip


def decisions(source: str) -> int:
    """The number of places at which a source decides or repeats something."""
    return sum(isinstance(node, DECISIONS) for node in ast.walk(ast.parse(source)))


def mirror_of(module: Path) -> Path:
    """The path of a module's unit tests."""
    place = module.relative_to(PACKAGE)
    return ROOT / "tests" / "unit" / place.with_name(f"test_{place.name}")


@functools.cache
def without_mirror() -> dict[str, int]:
    """The modules that have no unit tests, with the number of their decisions."""
    return {
        str(path.relative_to(PACKAGE)): decisions(path.read_text())
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.name not in ("__init__.py", "__main__.py")
        and path not in GENERATED
        and not mirror_of(path).exists()
    }


def test_decisions_are_counted() -> None:
    assert decisions("x = 1") == 0
    assert decisions("if a and b:\n    x = [c for c in d]\nelse:\n    x = 1 if e else 2") == 4


def test_a_module_with_logic_has_unit_tests_of_its_name() -> None:
    lacking = {name for name, count in without_mirror().items() if count >= LOGIC}
    assert lacking - LISTED == set(), "tests/unit mirrors jedlik: see CONTRIBUTING"


def test_the_list_of_those_without_is_exact_and_no_longer_than_it_was() -> None:
    assert sorted(set(LINES)) == LINES
    done = LISTED - without_mirror().keys()
    assert done == set(), "these have their tests, or are gone: remove their lines"
    assert len(LINES) <= LONGEST_LIST


def test_the_tests_that_try_the_others_are_there() -> None:
    assert {tests for tests in TRIED_BY.values() if not (ROOT / tests).is_file()} == set()
