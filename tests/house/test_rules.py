"""The house rules that linters do not check: lengths of files and functions, names, and words.

Generated data is exempt from these limits.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.house.tree import GENERATED, ROOT

FILES = sorted(
    path
    for folder in ("jedlik", "tests", "bench", "examples", "scripts")
    for path in (ROOT / folder).rglob("*.py")
    if path not in GENERATED
)

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
WORDS = re.compile(
    r"(?<![A-Za-z])(?<!\w_)"  # in names too, but for those of tests, which the manual quotes
    r"([Ww]hoever|[Aa]new|[Nn]obody|(un)?foreseen|doomed|farewells?|there is none|told of)"
    r"(?![A-Za-z])"
)
"""Words that this house's code and manual do not use: CONTRIBUTING, "Words", has better ones."""
PROSE = sorted(
    [path for path in FILES if path.is_relative_to(ROOT / "jedlik")]
    + [*ROOT.glob("docs/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
)
NAMES_THAT_SAY_NOTHING = {"helpers", "helper", "utils", "util", "misc", "common"}


def functions(source: str) -> Iterator[tuple[str, int]]:
    """Every function's name and its number of lines without the docstring."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1 if ast.get_docstring(node) and len(node.body) > 1 else 0]
            yield node.name, (node.end_lineno or 0) - first.lineno + 1


def test_the_functions_of_a_source_are_measured_without_their_docstrings() -> None:
    source = 'def short():\n    """One.\n\n    Two.\n    """\n    return 1\n'
    assert list(functions(source)) == [("short", 1)]
    source = "class A:\n    async def long(self):\n        a\n        b\n"
    assert list(functions(source)) == [("long", 2)]


def broken_rules(path: Path) -> list[str]:
    """The rules that a file breaks: on its length, its name, or the lengths of its functions."""
    source = path.read_text()
    found = [
        f"{name} has {length} lines"
        for name, length in functions(source)
        if length > MAX_FUNCTION_LINES
    ]
    if source.count("\n") > MAX_FILE_LINES:
        found.append(f"more than {MAX_FILE_LINES} lines")
    if path.stem in NAMES_THAT_SAY_NOTHING:
        found.append("a name that says nothing")
    return found


def test_a_file_that_is_too_long_or_says_nothing_is_found(tmp_path: Path) -> None:
    path = tmp_path / "misc.py"
    path.write_text("def f():\n" + "    a\n" * MAX_FILE_LINES)
    assert broken_rules(path) == [
        f"f has {MAX_FILE_LINES} lines",
        f"more than {MAX_FILE_LINES} lines",
        "a name that says nothing",
    ]
    path = tmp_path / "named.py"
    path.write_text("def f():\n" + "    a\n" * MAX_FUNCTION_LINES)
    assert broken_rules(path) == []


def test_property_tests_take_their_numbers_from_one_place() -> None:
    tests = [path for path in FILES if path.is_relative_to(ROOT / "tests/unit")]
    assert len(tests) > 300
    assert [
        path for path in tests if re.search(r"^ *@settings\(", path.read_text(), re.MULTILINE)
    ] == []


def test_no_test_module_is_imported_by_another() -> None:
    """What several of them use is in a module that is no test."""
    imported = re.compile(r"^\s*(?:from|import) tests\.[\w.]*\btest_\w+", re.MULTILINE)
    tests = [path for path in FILES if path.is_relative_to(ROOT / "tests")]
    assert len(tests) > 500
    assert [path for path in tests if imported.search(path.read_text())] == []


def test_files_and_functions_stay_short_and_have_names() -> None:
    assert len(FILES) > 1000
    assert {str(path): found for path in FILES if (found := broken_rules(path))} == {}


def test_words_of_another_register_are_found() -> None:
    assert WORDS.search("Whoever reads this")
    assert WORDS.search("is read anew")
    assert WORDS.search("self._farewells")
    assert not WORDS.search("renewed; NOBODY, a constant")


def words_in(path: Path) -> list[str]:
    """The words in a file that the house rules refuse, outside the list that names them."""
    without_the_list = path.read_text().partition("<!-- words -->")[0]
    return [found.group() for found in WORDS.finditer(without_the_list)]


def test_words_are_those_of_the_field() -> None:
    assert len(PROSE) > 800
    assert {str(path): found for path in PROSE if (found := words_in(path))} == {}


REPEATED = re.compile(r"(?<!\\)\)(?:[*+?]|\{[0-9,]+\})\+")
"""A group that is repeated possessively, which Python before 3.11.5 matches wrongly: Debian 12 has
such a one. An atomic group around the repetition, `(?>(?:...)*)`, means the same."""


def strings(source: str) -> Iterator[str]:
    """The literal texts of a source."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            yield node.value if isinstance(node.value, str) else node.value.decode("latin-1")


def test_groups_that_are_repeated_possessively_are_found() -> None:
    assert REPEATED.search(r'"(?:[^"]|\\.)*+"')
    assert REPEATED.search("(?:ab){2,3}+")
    assert not REPEATED.search(r"(?>(?:ab)*)+[^a]*+\)*+")


def test_no_group_is_repeated_possessively() -> None:
    sources = [path for path in FILES if path.is_relative_to(ROOT / "jedlik")]
    found = {
        str(path): each
        for path in sources
        for each in strings(path.read_text())
        if REPEATED.search(each)
    }
    assert found == {}


NAME = re.compile(r"^(?:class|(?:async )?def) (\w+)|^([A-Za-z_]\w*)(?:: [^=\n]+)? = ", re.MULTILINE)
"""A name that a module defines."""
USED_BY_OTHERS = frozenset(
    (
        "dynamodb_resource",
        "dynamodb_streams",
        "pytest_addoption",
        "pytest_configure",
        "pytest_itemcollected",
        "pytest_load_initial_conftests",
    )
)
"""What pytest takes from the plugin."""


def dead(sources: Iterable[str]) -> set[str]:
    """Names that a module defines and that occur nowhere else, so nothing uses them."""
    texts = list(sources)
    words = Counter(word for text in texts for word in re.findall(r"\w+", text))
    defined = {name for text in texts for pair in NAME.findall(text) for name in pair if name}
    return {name for name in defined if words[name] == 1 and not name.startswith("__")}


def test_dead_names_are_found() -> None:
    assert dead(["A: Final = 1\nB = A\n\n\ndef c() -> int:\n    d = B\n    return d"]) == {"c"}


def test_every_name_is_used() -> None:
    assert dead(path.read_text() for path in ROOT.glob("jedlik/**/*.py")) - USED_BY_OTHERS == set()
