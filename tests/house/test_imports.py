"""No circular imports between modules, and no overcrowded folders.

The contracts in pyproject.toml order floors, services and packages; this test is about single
modules, and about what import-linter does not see of those orders: modules that are named in texts,
to be imported later. Imports by name (`importlib.import_module`), inside functions and for type
checkers alone count as well: hiding a circle does not remove it.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.house.tree import ROOT

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


def upward(source: str, container: str, layers: Mapping[str, int], own: str) -> Iterator[str]:
    """The modules of a container's higher or equal layers that a source of the part `own` names in
    texts, perhaps with a colon and a name in them."""
    if f'"{container}.' not in source:  # few have one, and parsing all takes seconds
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            module = node.value.partition(":")[0]
            if module in MODULES and module.startswith(f"{container}."):
                part = part_of(module, container)
                if part != own and layers[part] <= layers[own]:
                    yield module


def part_of(module: str, container: str) -> str:
    """The module or package of a container that a module is, or is in."""
    return module.removeprefix(f"{container}.").partition(".")[0]


def orders() -> Iterator[tuple[str, dict[str, int]]]:
    """The containers of the contracts, each with the layers of its parts, from the top."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    for contract in contracts["contracts"]:
        layers = enumerate(contract["layers"])
        ranks = {part.strip(" ()"): at for at, line in layers for part in line.split("|")}
        yield from ((container, ranks) for container in contract["containers"])


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


def test_a_name_that_leads_up_is_found() -> None:
    source = '_WORK = "jedlik.http.connection:Connection"\nx = "jedlik.base.errors", "jedlik.no"'
    ranks = {"http": 0, "kernel": 1, "base": 2}
    assert list(upward(source, "jedlik", ranks, "kernel")) == ["jedlik.http.connection"]
    assert list(upward(source, "jedlik", ranks, "http")) == []


def test_modules_that_are_named_to_be_imported_later_are_below() -> None:
    found = {
        (module, each)
        for container, layers in orders()
        for module, path in MODULES.items()
        if module.startswith(f"{container}.")
        for each in upward(path.read_text(), container, layers, part_of(module, container))
    }
    assert found == set()


def test_no_folder_is_a_warehouse() -> None:
    sizes = {
        folder: len(list(folder.glob("*.py"))) for folder in PACKAGE.rglob("*") if folder.is_dir()
    }
    assert {folder.name: size for folder, size in sizes.items() if size > LARGEST_FOLDER} == {}
