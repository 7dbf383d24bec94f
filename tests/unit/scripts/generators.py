"""The scripts that generate shapes, as functions."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any
from unittest import mock

SCRIPTS = Path(__file__).parents[3] / "scripts"


def load_script(name: str) -> dict[str, Any]:
    """The names that a script defines; it is not run as a command."""
    with mock.patch.object(sys, "path", [str(SCRIPTS), *sys.path]):
        return runpy.run_path(str(SCRIPTS / f"{name}.py"))
