"""A package whose docstring lists its modules lists all of them: a map with half of the streets
misleads its readers."""

import ast
import re
from pathlib import Path

import pytest

import jedlik

ROOT = Path(jedlik.__file__).parent
ROW = re.compile(r"^ *([a-z_]+) {2,}\S", re.MULTILINE)
ROWS = 4
"""Fewer rows are examples rather than a map."""


def docstring(package: Path) -> str:
    return ast.get_docstring(ast.parse((package / "__init__.py").read_text())) or ""


def contents(package: Path) -> set[str]:
    """The names of its modules and packages."""
    modules = {each.stem for each in package.glob("*.py")} - {"__init__", "__main__"}
    return modules | {each.parent.name for each in package.glob("*/__init__.py")}


MAPPED = sorted(
    each.parent
    for each in ROOT.rglob("__init__.py")
    if sum(name in contents(each.parent) for name in ROW.findall(docstring(each.parent))) >= ROWS
)


@pytest.mark.parametrize("package", MAPPED, ids=lambda each: str(each.relative_to(ROOT)))
def test_the_map_has_every_module(package: Path) -> None:
    words = set(re.findall(r"\w+", docstring(package)))
    generated = {"shapes", "inputs", "errors", "spec"}
    missing = contents(package) - words - generated
    assert not missing, f"add {sorted(missing)} to the docstring of {package}"


def test_large_packages_have_maps() -> None:
    assert {ROOT / "services/dynamodb", ROOT / "gateway", ROOT / "storage"} <= set(MAPPED)
