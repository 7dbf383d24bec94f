"""For every parameter that may contain a secret, the test decides whether records show it."""

from __future__ import annotations

from jedlik.services.kms import audit, shapes


def test_of_the_key_service() -> None:
    members = {
        member for shape in shapes.OPERATIONS.values() for member, _, _ in shapes.SHAPES[shape][1]
    }
    assert members == audit.SHOWN | audit.HIDDEN
    assert not audit.SHOWN & audit.HIDDEN
    assert {"Plaintext", "CiphertextBlob"} <= audit.HIDDEN
