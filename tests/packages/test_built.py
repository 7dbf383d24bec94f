"""The wheel and the sdist: the same bytes wherever they are built, and all that belongs in them."""

from __future__ import annotations

import os
import subprocess
import time
import zipfile
from pathlib import Path

from tests.packages.building import Distributions, build, checked_out
from tests.servers import ROOT


def test_the_same_source_gives_the_same_bytes(distributions: Distributions, tmp_path: Path) -> None:
    """Elsewhere, later, with other rights and other times of its files."""
    source = checked_out(tmp_path / "elsewhere" / "jedlik")
    later = time.time() + 86_400
    for path in source.rglob("*"):
        os.utime(path, (later, later))
        path.chmod(0o700 if path.is_dir() else 0o600)
    again = build(source, tmp_path / "dist")
    assert again.wheel.read_bytes() == distributions.wheel.read_bytes()
    assert again.sdist.read_bytes() == distributions.sdist.read_bytes()


def test_another_epoch_gives_others(distributions: Distributions, tmp_path: Path) -> None:
    other = build(checked_out(tmp_path / "source"), tmp_path / "dist", epoch="1600000000")
    assert other.wheel.read_bytes() != distributions.wheel.read_bytes()


def test_the_sdist_is_enough_for_the_wheel(distributions: Distributions, tmp_path: Path) -> None:
    subprocess.run(("tar", "-xf", distributions.sdist, "-C", tmp_path), check=True)
    (source,) = tmp_path.iterdir()
    again = build(source, tmp_path / "dist")
    assert again.wheel.read_bytes() == distributions.wheel.read_bytes()


def test_the_wheel_has_code_manual_and_man_page(distributions: Distributions) -> None:
    with zipfile.ZipFile(distributions.wheel) as archive:
        names = set(archive.namelist())
    tops = {name.partition("/")[0] for name in names}
    version = distributions.wheel.name.split("-")[1]
    assert tops == {"jedlik", f"jedlik-{version}.dist-info", f"jedlik-{version}.data"}
    assert f"jedlik-{version}.data/data/share/man/man1/jedlik.1" in names
    assert {f"jedlik/manual/{page.name}" for page in (ROOT / "docs").glob("*.md")} <= names
    sources = {str(path.relative_to(ROOT)) for path in (ROOT / "jedlik").rglob("*.py")}
    assert sources <= names
