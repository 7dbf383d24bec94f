"""The shapes of the key service are those of the newest botocore, and every operation has one."""

from __future__ import annotations

from pathlib import Path

from jedlik.services.kms import shapes
from jedlik.services.kms.inputs import checker_for
from jedlik.services.kms.operations.registry import OPERATIONS as BUILT
from tests.unit.scripts.generators import load_script


def test_the_shapes_are_generated() -> None:
    text = Path(shapes.__file__).read_text(encoding="utf-8")
    assert text == load_script("generate_key_shapes")["generate"](), "run `make shapes`"


def test_members_that_an_operation_does_not_have_are_left_out() -> None:
    given = {"KeyId": "a", "Plaintext": "AAAA", "Tags": [1], "GranteePrincipal": 7}
    assert checker_for("Encrypt")(given) == {"KeyId": "a", "Plaintext": "AAAA"}


def test_every_operation_has_a_shape() -> None:
    assert BUILT.keys() == shapes.OPERATIONS.keys()
    for name in BUILT:
        assert callable(checker_for(name))
