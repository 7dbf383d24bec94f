"""No circular imports between modules, and no overcrowded folders.

The contract in pyproject.toml orders floors and services; this test is about single modules.
Imports by name (`importlib.import_module`), inside functions and for type checkers alone count as
well: hiding a circle does not remove it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.test_rules import ROOT

PACKAGE = ROOT / "jedlik"
LARGEST_FOLDER = 25
BY_NAME = ("import_module", "loaded_api", "trail")
"""Functions that are given the names of modules to import."""


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in PACKAGE.rglob("*.py")}


def called(function: ast.expr) -> str:
    """The last part of the called name; empty if the called expression is not a name."""
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def imports(source: str) -> Iterator[str]:
    """What a source imports from Jedlik: modules, and perhaps names in them."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Call) and called(node.func).endswith(BY_NAME):
            for each in node.args:
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield each.value
                    yield f"{each.value}.api"  # `loaded_api` is given its package


def circle(graph: dict[str, set[str]]) -> list[str]:
    """A circle in a graph; empty if it has none."""
    done: set[str] = set()

    def visit(module: str, way: list[str]) -> list[str]:
        if module in way:
            return [*way[way.index(module) :], module]
        if module in done:
            return []
        for following in sorted(graph.get(module, ())):
            found = visit(following, [*way, module])
            if found:
                return found
        done.add(module)
        return []

    for module in sorted(graph):
        found = visit(module, [])
        if found:
            return found
    return []


def test_circles_are_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle({"a": {"b", "c"}, "b": {"c"}}) == []


def test_what_is_imported_by_name_inside_a_function_or_for_types_counts() -> None:
    source = """
        if TYPE_CHECKING:
            from jedlik.a import A
        def f():
            from jedlik.b import B
            importlib.import_module("jedlik.c")
            loaded_api("jedlik.d")
        """
    found = set(imports(source.replace("\n        ", "\n")))
    assert {"jedlik.a", "jedlik.b", "jedlik.b.B", "jedlik.c", "jedlik.d.api"} <= found


def test_modules_import_each_other_in_no_circle() -> None:
    graph = {
        module: {each for each in imports(path.read_text()) if each in MODULES and each != module}
        for module, path in MODULES.items()
    }
    assert circle(graph) == []


def test_no_folder_is_a_warehouse() -> None:
    sizes = {
        folder: len(list(folder.glob("*.py"))) for folder in PACKAGE.rglob("*") if folder.is_dir()
    }
    assert {folder.name: size for folder, size in sizes.items() if size > LARGEST_FOLDER} == {}
