"""The shapes are those of the newest botocore, and every operation has one."""

from __future__ import annotations

from pathlib import Path

from jedlik.services.autoscaling import shapes
from jedlik.services.autoscaling.inputs import checker_for
from jedlik.services.autoscaling.operations.registry import OPERATIONS as BUILT
from tests.unit.scripts.generators import load_script


def test_the_shapes_are_generated() -> None:
    text = Path(shapes.__file__).read_text(encoding="utf-8")
    assert text == load_script("generate_scaling_shapes")["generate"](), "run `make shapes`"


def test_every_operation_has_a_shape() -> None:
    assert BUILT.keys() == shapes.OPERATIONS.keys()
    for name in BUILT:
        assert callable(checker_for(name))
