"""No regular expression of the server takes more than linear time."""

from __future__ import annotations

import importlib
import re
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import jedlik
from jedlik.auth.policy.wildcards import split_variables
from jedlik.services.dynamodb.transfers.ion_input import _TEXTS

PACKAGE = Path(jedlik.__file__).parent
PIECES = (
    "a", "0", " ", "/", ".", "-", ",", ":", "=", "'", '"', "a.", "a/", "0.", "a-", ", ", "a=b,",
    "Credential=", "Value '", "${", "arn:aws:", "a:", "%2b", "\n", "*", "$", "_", "{", "\\",
    '\\"', "\\'",
)  # fmt: skip
BEGINNINGS = ("", '"', "'''")
ENDS = ("\x01", "\n", '"', "\\")
SHORT, SIZE = 1_000, 30_000
"""Characters of a text on which cubic and quadratic time shows."""


class Expression(NamedTuple):
    """A compiled pattern, and the methods by which it is used."""

    pattern: re.Pattern[Any]
    methods: tuple[Callable[[Any], object], ...]


def expressions() -> Iterator[tuple[str, Expression]]:
    """All compiled patterns in the package's modules, or methods of them."""
    for path in PACKAGE.rglob("*.py"):
        if "re.compile(" not in path.read_text():
            continue  # to load all the others would take seconds
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        module = ".".join(parts).removesuffix(".__init__")
        for name, value in vars(importlib.import_module(module)).items():
            pattern = getattr(value, "__self__", value)
            if isinstance(pattern, re.Pattern):
                methods = (value,) if callable(value) else (pattern.fullmatch, pattern.match)
                yield f"{module}.{name}", Expression(pattern, methods)


@pytest.mark.parametrize("size", [SHORT, SIZE])
def test_each_is_quick_on_what_is_long(size: int) -> None:
    found = dict(expressions())
    assert len(found) > 100
    texts = [
        beginning + piece * (size // len(piece)) + end
        for beginning, piece, end in product(BEGINNINGS, PIECES, ENDS)
    ]
    in_bytes = [text.encode() for text in texts]
    for name, (pattern, methods) in found.items():
        for text in in_bytes if isinstance(pattern.pattern, bytes) else texts:
            for method in methods:
                began = time.process_time()
                method(text)
                assert time.process_time() - began < 0.2, (name, text[:10], text[-10:])


def test_texts_of_ion_are_found_once() -> None:
    for text in (b"{" * SIZE, b"{{" * SIZE, b'"' + b'\\"' * SIZE + b"\\", b"'''" + b"\\'" * SIZE):
        began = time.process_time()
        _TEXTS.sub(b" ", text)
        assert time.process_time() - began < 0.2, text[:10]


def test_variables_of_policies() -> None:
    for inner in (" " * SIZE, "a " * SIZE, " ," * SIZE, "a, '" + "' " * SIZE):
        began = time.process_time()
        split_variables("${" + inner + "}")
        split_variables("${" * SIZE)
        assert time.process_time() - began < 0.2
