"""Everything that messages refer to exists for everyone who has installed Jedlik."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import MANUAL, ROOT

PAGES = {page.stem for page in MANUAL}
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def texts(source: str) -> Iterator[str]:
    """The texts of a source that users may see: all but its docstrings."""
    tree = ast.parse(source)
    docstrings = {
        id(each.value)
        for node in ast.walk(tree)
        if isinstance(node, DOCUMENTED)
        for each in node.body
        if isinstance(each, ast.Expr)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in docstrings:
            continue
        if isinstance(node.value, str):
            yield node.value


def astray(text: str) -> list[str]:
    """The names in a text that an installation does not have."""
    pages = re.findall(r"jedlik manual ([a-z-]+)", text)
    return [page for page in pages if page not in PAGES] + re.findall(r"\bdocs/[\w.-]+", text)


@pytest.mark.parametrize(
    "text",
    ["see docs/triggers.md", "see `jedlik manual trigers`", "`jedlik manual ttl`, docs/ttl.md"],
)
def test_what_leads_nowhere_is_found(text: str) -> None:
    assert len(astray(text)) == 1
    source = f'"""docs/a.md"""\n\ndef f():\n    """docs/b.md"""\n    raise E(f"{{x}}: {text}")\n'
    assert astray_in(source) == astray(text)


def astray_in(source: str) -> list[str]:
    """The same for a whole source, which is parsed only if it names anything."""
    if not astray(source):
        return []
    return [each for text in texts(source) for each in astray(text)]


def test_texts_point_to_pages_of_the_manual_that_is_installed() -> None:
    found = {
        str(path.relative_to(ROOT)): lost
        for path in sorted((ROOT / "jedlik").rglob("*.py"))
        if (lost := astray_in(path.read_text("utf-8")))
    }
    assert not found


def recipe(target: str) -> list[str]:
    """The lines of a target of the Makefile."""
    makefile = Path(ROOT, "Makefile").read_text("utf-8")
    _, _, rest = makefile.partition(f"\n{target}:")
    assert rest
    return re.findall(r"^\t(.*)$", rest.partition("\n\n")[0], re.MULTILINE)


def test_make_test_says_first_what_it_does_and_how_long_it_takes() -> None:
    first, command = recipe("test")
    assert re.search(r"^@echo \"Running the tests on all cores: .* minutes", first)
    assert "ARGS=" in first
    assert "-n auto" in command
    assert "$(ARGS)" in command
