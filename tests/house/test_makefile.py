"""Which Python `make serve` and `make test` use, and the environment of a clone that was moved."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def python_of(*variables: str, environment: str = "build/none") -> str:
    """The one that the environment would be made with."""
    names = ("PYTHON", "SYSTEM_PYTHON", "MAKEFLAGS")  # the last has what `make test` was told
    told = subprocess.run(
        ("make", "--dry-run", "--always-make", "venv", f"VENV={environment}", *variables),
        cwd=ROOT, capture_output=True, text=True, check=True,
        env={name: value for name, value in os.environ.items() if name not in names},
    ).stdout  # fmt: skip
    end = f" -m venv {environment}"
    (making,) = (line for line in told.splitlines() if line.endswith(end))
    return making.removesuffix(end)


def refusing(place: Path) -> str:
    """A program that fails as a Python does that is too old, or has no ensurepip."""
    program = place / "python3"
    program.write_text("#!/bin/sh\nexit 1\n", "utf-8")
    program.chmod(0o755)
    return str(program)


def test_the_systems_python_comes_first() -> None:
    assert python_of(f"SYSTEM_PYTHON={sys.executable}") == sys.executable


def test_unless_it_is_too_old_or_makes_no_environments(tmp_path: Path) -> None:
    assert python_of(f"SYSTEM_PYTHON={refusing(tmp_path)}") == "python3"


def test_an_environment_keeps_the_one_that_it_was_made_with(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    own = tmp_path / "bin" / "python"
    own.symlink_to(sys.executable)
    environment = {"environment": str(tmp_path)}
    assert python_of(f"SYSTEM_PYTHON={sys.executable}", **environment) == str(own)
    assert python_of("PYTHON=python3.12", **environment) == "python3.12"


def test_unless_there_is_none() -> None:
    assert python_of("SYSTEM_PYTHON=/nowhere/python3") == "python3"


def test_the_one_that_is_asked_for_is_used() -> None:
    assert python_of("PYTHON=python3.12", f"SYSTEM_PYTHON={sys.executable}") == "python3.12"


def clone(place: Path) -> Path:
    """A clone with an environment that has a program and Jedlik itself."""
    for name in ("Makefile", "scripts/moved_environment.py", "jedlik/__init__.py"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(
            (ROOT / name).read_bytes() if name != "jedlik/__init__.py" else b""
        )
    environment = place / ".venv"
    subprocess.run((sys.executable, "-m", "venv", "--without-pip", environment), check=True)
    cfg = environment / "pyvenv.cfg"  # as `make` makes it
    cfg.write_text(cfg.read_text("utf-8").replace(" --without-pip", ""), "utf-8")
    program = environment / "bin" / "where"
    program.write_text(
        f"#!{environment}/bin/python\nimport jedlik; print(jedlik.__file__)\n", "utf-8"
    )
    program.chmod(0o755)
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "jedlik.pth").write_text(f"{place}\n", "utf-8")
    return place


def ran(place: Path, *command: str) -> str:
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=True).stdout


def test_the_environment_of_a_clone_that_was_moved_or_copied_follows_it(tmp_path: Path) -> None:
    original = clone(tmp_path / "original")
    copied = tmp_path / "copied"
    # As `cp -al` does: with the same files under two names.
    shutil.copytree(original, copied, symlinks=True, copy_function=os.link)
    where = "jedlik/__init__.py\n"
    assert ran(copied, ".venv/bin/where") == f"{original}/{where}", "what is to be repaired"
    assert f"was at {original} before" in ran(copied, "make", "help")
    assert ran(copied, ".venv/bin/where") == f"{copied}/{where}"
    assert ran(original, ".venv/bin/where") == f"{original}/{where}"
    assert "before" not in ran(copied, "make", "help")
    moved = original.rename(tmp_path / "moved")
    assert f"was at {original} before" in ran(moved, "make", "help")
    assert ran(moved, ".venv/bin/where") == f"{moved}/{where}"
