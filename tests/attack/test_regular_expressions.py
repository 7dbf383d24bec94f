"""No regular expression of the server's takes more than linear time."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator

import jedlik
from jedlik.auth.policy.wildcards import split_variables

PIECES = (
    "a", "0", " ", "/", ".", "-", ",", ":", "=", "'", '"', "a.", "a/", "0.", "a-", ", ", "a=b,",
    "Credential=", "Value '", "${", "arn:aws:", "a:", "%2b", "\n",
)  # fmt: skip
SIZE = 30_000
TEXTS = [piece * (SIZE // len(piece)) + "\x01" for piece in PIECES]
IN_BYTES = [text.encode() for text in TEXTS]


def expressions() -> Iterator[tuple[str, re.Pattern[str] | re.Pattern[bytes]]]:
    """All that modules of the package keep, as patterns or as methods of such."""
    for module in pkgutil.walk_packages(jedlik.__path__, "jedlik."):
        if module.name.endswith(("__main__", "runner")):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            pattern = getattr(value, "__self__", value)
            if isinstance(pattern, re.Pattern):
                yield f"{module.name}.{name}", pattern


def test_each_is_quick_on_what_is_long() -> None:
    found = dict(expressions())
    assert len(found) > 20
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
