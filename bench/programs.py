"""Programs in C that make load faster than Python could (*_load.c), and what they read."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

_BENCH = Path(__file__).parent
MISSING = "cc is missing: it makes the program that makes the load (apt install gcc)."


def compiled(name: str, place: Path) -> Path | None:
    """The program of that name, made in a directory; None where there is no C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    program = place / name
    subprocess.run((compiler, "-O2", "-o", program, _BENCH / f"{name}.c"), check=True)
    return program


def write_requests(place: Path, requests: Iterable[bytes]) -> int:
    """Write requests, as their bytes on the wire, to a file that the programs read; returns how
    many there are."""
    count = 0
    with place.open("wb") as file:
        for count, each in enumerate(requests, 1):  # noqa: B007
            file.write(len(each).to_bytes(4, "big") + each)
    return count
