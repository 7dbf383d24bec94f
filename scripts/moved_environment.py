"""Repairs an environment whose clone was moved or copied: `make` runs this where it notices one.

Its programs begin with the path of its Python, and it has Jedlik from the path of the clone. In a
moved clone these lead nowhere; in a copied one, worse, to the original, whose code would be run and
tested. Making the environment again would take minutes, and a network.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_MADE: Final = re.compile(r"^command = .* -m venv (.+)$", re.MULTILINE)


def repair(environment: Path) -> str | None:
    """Make an environment's files name the place where it is; the place that they named before."""
    here = str(environment.absolute().parent)
    made = _MADE.search((environment / "pyvenv.cfg").read_text("utf-8"))
    before = here if made is None else str(Path(made[1]).parent)
    if before == here:
        return None
    if " " in here:  # the first line of a program cannot have one
        sys.exit(f"The clone was moved from {before}: run `make clean`.")
    old = re.compile(re.escape(os.fsencode(before)) + rb"(?![\w.-])")
    for file in _naming(environment):
        content = file.read_bytes()
        changed = old.sub(lambda _: os.fsencode(here), content)
        if changed != content:
            _replace(file, changed)
    return before


def _naming(environment: Path) -> Iterator[Path]:
    """The files that name the environment's place; pyvenv.cfg last, by which it is noticed."""
    programs = (environment / "bin").iterdir()
    yield from (file for file in programs if file.is_file() and not file.is_symlink())
    yield from environment.glob("lib/python*/site-packages/*.pth")
    yield from environment.glob("lib/python*/site-packages/*.dist-info/direct_url.json")
    yield environment / "pyvenv.cfg"


def _replace(file: Path, content: bytes) -> None:
    """By a new file: a copied one may be a hard link to the original's."""
    new = file.with_name(f"{file.name}.moved")
    new.write_bytes(content)
    new.chmod(file.stat().st_mode)
    new.replace(file)


if __name__ == "__main__":
    found = repair(Path(sys.argv[1]))
    if found is not None:
        print(f"This clone was at {found} before: {sys.argv[1]} follows it.")
