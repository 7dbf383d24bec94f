"""The generated shapes are those of the newest botocore."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from jedlik.validation import shapes

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    path = ROOT / "scripts" / "generate_shapes.py"
    spec = importlib.util.spec_from_file_location("generate_shapes", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def generated(generator: ModuleType) -> dict[str, object]:
    namespace: dict[str, object] = {}
    exec(generator.generate(), namespace)  # our own generator's text
    return namespace


def test_every_operation_is_botocores(generated: dict[str, object]) -> None:
    expected = {operation[:3]: operation for operation in generated["OPERATIONS"]}
    found = {operation[:3]: operation for operation in shapes.OPERATIONS}
    differ = {name for name in expected | found if expected.get(name) != found.get(name)}
    assert not differ, f"run `make shapes`: botocore has other operations: {sorted(differ)}"


@pytest.mark.parametrize("service", sorted(shapes.SHAPES))
def test_every_shape_is_botocores(generated: dict[str, object], service: str) -> None:
    expected, found = generated["SHAPES"][service], shapes.SHAPES[service]
    differ = {name for name in expected | found if expected.get(name) != found.get(name)}
    assert not differ, f"run `make shapes`: botocore has other shapes: {sorted(differ)}"


def test_the_file_is_what_the_generator_writes(generator: ModuleType) -> None:
    text = Path(shapes.__file__).read_text(encoding="utf-8")
    assert text == generator.generate(), "run `make shapes`"


def test_the_generator_refuses_a_type_that_the_compiler_does_not_know(
    generator: ModuleType,
) -> None:
    with pytest.raises(SystemExit, match="blob"):
        generator.describe("Picture", {"type": "blob"})


def test_no_documentation_is_copied() -> None:
    text = Path(shapes.__file__).read_text(encoding="utf-8")
    assert "<p>" not in text
