"""A sealed value can be opened only whole, with its key, and as the kind of value that it is."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.crypto.secret_box import KEY_SIZE, Seal, SealBroken

SEAL = Seal(b"k" * KEY_SIZE, os.urandom)


@given(st.binary(max_size=100), st.text(max_size=10))
def test_what_was_sealed_opens(text: bytes, about: str) -> None:
    assert SEAL.open(SEAL.seal(text, about), about) == text


@given(st.binary(max_size=100))
def test_other_bytes_do_not_open(junk: bytes) -> None:
    with pytest.raises(SealBroken):
        SEAL.open(junk, "a")


def test_no_bit_may_change_and_nothing_else_may_open_it() -> None:
    sealed = SEAL.seal(b"text", "a")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(SealBroken):
            SEAL.open(bytes(changed), "a")
    with pytest.raises(SealBroken):
        SEAL.open(sealed, "b")
    with pytest.raises(SealBroken):
        Seal(b"j" * KEY_SIZE, os.urandom).open(sealed, "a")


def test_the_same_text_never_looks_the_same() -> None:
    assert len({SEAL.seal(b"text", "a") for _ in range(100)}) == 100
