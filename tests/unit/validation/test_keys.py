"""The shapes of the key service are those of the newest botocore, and every operation has one."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

from jedlik.operations.kms.registry import OPERATIONS as BUILT
from jedlik.validation import key_shapes
from jedlik.validation.keys import key_checker_for

SCRIPTS = Path(__file__).parents[3] / "scripts"


def test_the_shapes_are_generated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(SCRIPTS), *sys.path])
    script = runpy.run_path(str(SCRIPTS / "generate_key_shapes.py"))
    assert Path(key_shapes.__file__).read_text(encoding="utf-8") == script["generate"]()


def test_every_operation_has_a_shape() -> None:
    assert BUILT.keys() == key_shapes.OPERATIONS.keys()
    for name in BUILT:
        assert callable(key_checker_for(name))
