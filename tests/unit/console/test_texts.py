"""Texts are kept apart from views: each one that a view names exists in every language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[3] / "jedlik" / "console" / "static"
ENTRY = re.compile(r'^  "([\w.]+)": ("(?:[^"\\]|\\.)*"),$', re.MULTILINE)
USE = re.compile(r"""\bt\(\s*["']([\w.]+)["']""")
OTHER_USE = re.compile(r"""["']((?:tab|screen|number|binary|create|advice)\.[\w.]+)["']""")
PLACE = re.compile(r"\{(\w+)(?:\}|, plural, )")
PLURAL = re.compile(r"\{\w+, plural, ((?:\w+ \{[^{}]*\} ?)+)\}")
UNINFLECTED = re.compile(r"\{\w+\} (?:more |open |read )?(?!is\b|ms\b)[a-z]+s\b")
SOURCES = [path for path in STATIC.rglob("*.js") if path.parent.name not in ("text", "vendor")]


def texts(language: str) -> dict[str, str]:
    return dict(ENTRY.findall((STATIC / "text" / f"{language}.js").read_text()))


def used() -> set[str]:
    sources = [path.read_text() for path in SOURCES]
    return {key for source in sources for key in [*USE.findall(source), *OTHER_USE.findall(source)]}


def test_every_text_that_is_named_is_there() -> None:
    assert used() - texts("en").keys() == set()


def test_every_line_of_a_language_file_is_a_text() -> None:
    for path in (STATIC / "text").glob("*.js"):
        lines = [line for line in path.read_text().splitlines() if line.strip().startswith('"')]
        assert len(lines) == len(texts(path.stem)), path.name


def test_every_text_is_used() -> None:
    named = "".join(path.read_text() for path in SOURCES)
    made = {f"{found}." for found in re.findall(r"`([\w.]+)\.\$\{", named)}
    unused = {
        key for key in texts("en") if f'"{key}"' not in named and not key.startswith(tuple(made))
    }
    assert unused == set()


@pytest.mark.parametrize("language", ["de"])
def test_another_language_has_the_same_texts_with_the_same_places(language: str) -> None:
    english, other = texts("en"), texts(language)
    assert other.keys() == english.keys()
    for key, text in english.items():
        assert sorted(set(PLACE.findall(other[key]))) == sorted(set(PLACE.findall(text))), key


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_plural_has_forms_for_one_and_for_all_others(language: str) -> None:
    for key, text in texts(language).items():
        forms = PLURAL.findall(text)
        assert len(forms) == text.count(", plural,"), key
        for each in forms:
            assert re.findall(r"(\w+) \{", each) == ["one", "other"], key


def test_a_number_does_not_stand_before_a_noun_that_is_always_in_the_plural() -> None:
    assert UNINFLECTED.search("{count} items") is not None
    assert [key for key, text in texts("en").items() if UNINFLECTED.search(text)] == []
