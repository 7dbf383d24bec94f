"""No regular expression of the server takes more than linear time."""

from __future__ import annotations

import importlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

import jedlik
from jedlik.auth.policy.wildcards import split_variables

PACKAGE = Path(jedlik.__file__).parent
PIECES = (
    "a", "0", " ", "/", ".", "-", ",", ":", "=", "'", '"', "a.", "a/", "0.", "a-", ", ", "a=b,",
    "Credential=", "Value '", "${", "arn:aws:", "a:", "%2b", "\n",
)  # fmt: skip
SIZE = 30_000
TEXTS = [piece * (SIZE // len(piece)) + "\x01" for piece in PIECES]
IN_BYTES = [text.encode() for text in TEXTS]


def expressions() -> Iterator[tuple[str, re.Pattern[str] | re.Pattern[bytes]]]:
    """All compiled patterns in the package's modules, or methods of them."""
    for path in PACKAGE.rglob("*.py"):
        if "re.compile(" not in path.read_text():
            continue  # to load all the others would take seconds
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        module = ".".join(parts).removesuffix(".__init__")
        for name, value in vars(importlib.import_module(module)).items():
            pattern = getattr(value, "__self__", value)
            if isinstance(pattern, re.Pattern):
                yield f"{module}.{name}", pattern


def test_each_is_quick_on_what_is_long() -> None:
    found = dict(expressions())
    assert len(found) > 100
    for name, pattern in found.items():
        for piece, text in zip(
            PIECES, IN_BYTES if isinstance(pattern.pattern, bytes) else TEXTS, strict=True
        ):
            began = time.process_time()
            pattern.fullmatch(text)  # type: ignore[arg-type]
            pattern.match(text)  # type: ignore[arg-type]
            assert time.process_time() - began < 0.2, (name, piece)


def test_variables_of_policies() -> None:
    for inner in (" " * SIZE, "a " * SIZE, " ," * SIZE, "a, '" + "' " * SIZE):
        began = time.process_time()
        split_variables("${" + inner + "}")
        split_variables("${" * SIZE)
        assert time.process_time() - began < 0.2
