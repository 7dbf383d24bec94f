"""What is said about a library that is not installed."""

from __future__ import annotations

import re
import tomllib

from jedlik.base.extras import install
from tests.servers import ROOT

USES = re.compile(r"""\binstall\(['\"](\w+)['\"]\)""")


def test_both_ways_are_named() -> None:
    assert install("seed") == "pip install 'jedlik[seed]', or in a clone: make venv"


def test_make_venv_installs_the_libraries_of_all_extras() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    for libraries in project["project"]["optional-dependencies"].values():
        assert set(libraries) <= set(project["dependency-groups"]["dev"])


def test_extras_that_messages_name_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    named = {
        extra
        for file in (ROOT / "jedlik").rglob("*.py")
        for extra in USES.findall(file.read_text("utf-8"))
    }
    assert named
    assert named <= project["project"]["optional-dependencies"].keys()
