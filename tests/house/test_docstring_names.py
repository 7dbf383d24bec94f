"""Names in backticks exist: `Class.member`, `module.name`, `module.Class.member`, or a name alone.

A dotted name has to exist at its place: a module by the end of its path, a class by its name, its
members in it or in its bases. A single name, which may be a parameter, a key of a JSON object or a
column of a drawing, has to occur somewhere in the code of the package, outside of docstrings.

After "see", a single name has to lead to one place: a name in the same module, a module in the same
folder, a class of the package, or the package's only module of that name.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from tests.house.tree import ROOT

QUOTED = re.compile(r"`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?:\(\))?`")
"""A name in backticks, and nothing but a name."""
SEE = re.compile(r"\b[Ss]ee\s+`([A-Za-z_]\w*)(?:\(\))?`")
OF_OTHERS = {
    # Java and Python libraries
    *("HashMap", "HashSet", "String.hashCode", "String.length", "java.lang.String", "toString"),
    *("orjson.loads", "record.message"),
    # names in requests and files, of hosts, and of grammars
    *("JedlikReplication.Introduce", "b64token", "module.function", "requestItems.tbl.member.keys"),
    *("abc", "dax.amazonaws.com", "host.docker.internal", "lambda.amazonaws.com", "sSEType"),
    "workers.lock",
}
"""Names that are right, though no code of the package has them. A new one is added here."""

Defining = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
Tree = ast.Module | ast.ClassDef


class Code:
    """The texts of a package's modules, by their dotted names."""

    def __init__(self, sources: dict[str, str]) -> None:
        self.quoted: list[tuple[str, str]] = []
        """The names in docstrings, each after the module that it is in."""
        self._referred: list[tuple[str, str]] = []
        """Those of them alone after "see"."""
        self._identifiers: dict[str, set[str]] = {}
        """By module."""
        self._words: set[str] = set()
        """Identifiers, and the words of strings that are not docstrings."""
        self._modules: dict[str, list[ast.Module]] = defaultdict(list)
        """By each end of their names: `wire`, `dax.wire`, `jedlik.dax.wire`."""
        self._classes: dict[str, list[ast.ClassDef]] = defaultdict(list)
        self._defined: dict[Tree, set[str]] = {}
        for name, text in sources.items():
            self._read(name, ast.parse(text))

    def _read(self, name: str, tree: ast.Module) -> None:
        parts = name.split(".")
        self._words.update(parts)
        for start in range(len(parts)):
            self._modules[".".join(parts[start:])].append(tree)
        own = self._identifiers[name] = set()
        docstrings = set()
        for node in ast.walk(tree):  # a docstring's statement comes before its constant
            own.update(identifiers(node))
            if isinstance(node, ast.ClassDef):
                self._classes[node.name].append(node)
            elif isinstance(node, ast.Expr):
                docstrings.add(node.value)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                if node in docstrings:
                    self.quoted += [(name, found) for found in QUOTED.findall(node.value)]
                    self._referred += [(name, found) for found in SEE.findall(node.value)]
                else:
                    self._words.update(re.findall(r"\w+", node.value))
        self._words |= own

    def unknown(self) -> list[str]:
        """The names in docstrings that do not exist, with their modules."""
        known: dict[str, bool] = dict.fromkeys(OF_OTHERS, True)
        for _, name in self.quoted:
            if name not in known:
                known[name] = self.has(name)
        return [f"{module}: {name}" for module, name in self.quoted if not known[name]]

    def unclear(self) -> list[str]:
        """The names after "see" that lead nowhere, or to several places, with their modules."""
        return [
            f"{module}: {name}"
            for module, name in self._referred
            if name not in self._identifiers[module]
            and name not in self._classes
            and f"{module.rpartition('.')[0]}.{name}" not in self._modules
            and len(self._modules.get(name, ())) != 1
        ]

    def has(self, name: str) -> bool:
        """Whether a name is found."""
        parts = name.split(".")
        if len(parts) == 1:
            return name in self._words
        return self._is_of_class(parts) or any(
            self._is_in(module, parts[length:])
            for length in range(1, len(parts) + 1)
            for module in self._modules.get(".".join(parts[:length]), ())
        )

    def _is_in(self, module: ast.Module, rest: list[str]) -> bool:
        if len(rest) < 2:
            return not rest or rest[0] in self._names(module)
        return self._is_of_class(rest)

    def _is_of_class(self, parts: list[str]) -> bool:
        name, *rest = parts
        owners = self._classes.get(name, ())
        return len(rest) == 1 and any(rest[0] in self._members(each, {name}) for each in owners)

    def _members(self, owner: ast.ClassDef, seen: set[str]) -> set[str]:
        """What a class and those of its bases that are in the package define."""
        found = set(self._names(owner))
        for base in owner.bases:
            name = ast.unparse(base).partition("[")[0]
            if name not in seen:
                for each in self._classes.get(name, ()):
                    found |= self._members(each, seen | {name})
        return found

    def _names(self, tree: Tree) -> set[str]:
        if tree not in self._defined:
            self._defined[tree] = {name for node in ast.walk(tree) for name in definitions(node)}
        return self._defined[tree]


def definitions(node: ast.AST) -> Iterator[str]:
    """The name, if any, that a node defines, imports, or sets on an object."""
    if isinstance(node, Defining):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        yield node.attr
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]


def identifiers(node: ast.AST) -> Iterator[str]:
    """The identifiers in a node itself."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, (ast.arg, ast.keyword)):
        yield node.arg or ""
    elif isinstance(node, Defining):
        yield node.name
    elif isinstance(node, ast.alias):
        yield from node.name.split(".")


@cache
def package() -> Code:
    """The code of the whole package."""
    sources = {}
    for path in ROOT.glob("jedlik/**/*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        sources[name] = path.read_text("utf-8")
    return Code(sources)


def test_a_name_that_nothing_has_is_found() -> None:
    code = Code(
        {
            "jedlik.store": "class Base:\n    size: int\n\nclass Store(Base):\n"
            "    def __init__(self, disk):\n        self.disk = disk\n    def read(self): ...\n",
            "jedlik.all": '"""`Store.read`, `Store.size`, `store.Store.disk`, `store.Base`, `disk`;'
            ' `Store.write`, `store.Engine`, `store.Base.disk`, `tape`, `if this`."""\n',
        }
    )
    assert [each.removeprefix("jedlik.all: ") for each in code.unknown()] == [
        "Store.write", "store.Engine", "store.Base.disk", "tape",
    ]  # fmt: skip


def test_what_one_should_see_and_cannot_find_is_found() -> None:
    code = Code(
        {
            "jedlik.a": '"""See `near`. See `c`. See `Far`. See `once`, `d.twice`."""\nnear = 1\n',
            "jedlik.b": '"""See `near`, and see\n`twice`."""\n',
            "jedlik.c": "class Far: ...\n",
            "jedlik.d.twice": "",
            "jedlik.e.twice": "",
            "jedlik.e.once": "",
        }
    )
    assert code.unclear() == ["jedlik.b: near", "jedlik.b: twice"]


def test_names_in_docstrings_exist() -> None:
    assert package().unclear() == []
    assert package().unknown() == []


def test_the_list_of_others_names_is_no_longer_than_needed() -> None:
    code = package()
    quoted = {name for _, name in code.quoted}
    assert {name for name in OF_OTHERS if name not in quoted or code.has(name)} == set()
