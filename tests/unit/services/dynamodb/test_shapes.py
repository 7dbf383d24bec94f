"""The generated shapes are those of the newest botocore."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jedlik.services.dynamodb import shapes
from tests.unit.scripts.generators import load_script


@pytest.fixture(scope="module")
def generator() -> dict[str, Any]:
    return load_script("generate_shapes")


@pytest.fixture(scope="module")
def generated(generator: dict[str, Any]) -> dict[str, object]:
    namespace: dict[str, object] = {}
    exec(generator["generate"](), namespace)  # our own generator's text
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


def test_the_file_is_what_the_generator_writes(generator: dict[str, Any]) -> None:
    text = Path(shapes.__file__).read_text(encoding="utf-8")
    assert text == generator["generate"](), "run `make shapes`"


def test_the_types_of_payloads_are_what_the_generator_writes(generator: dict[str, Any]) -> None:
    text = Path(shapes.__file__).with_name("payloads.py").read_text(encoding="utf-8")
    assert text == generator["generate_types"](), "run `make shapes`"


def test_a_type_that_the_compiler_does_not_know_is_refused() -> None:
    describe = load_script("model_shapes")["describe"]
    with pytest.raises(SystemExit, match="float"):
        describe("Share", {"type": "float"})


def test_no_documentation_is_copied() -> None:
    text = Path(shapes.__file__).read_text(encoding="utf-8")
    assert "<p>" not in text
