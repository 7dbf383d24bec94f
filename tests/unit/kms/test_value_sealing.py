"""Sealed values: what opens, what is noticed, and that no nonce comes twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.kms.unopened import UnknownDataKey, ValueBroken
from jedlik.kms.value_sealing import Nonces, ValueCipher, new_data_key

ONE, TWO = new_data_key(), new_data_key()


def cipher(sealing: int | None = 1, nonces: Nonces | None = None) -> ValueCipher:
    return ValueCipher({1: ONE, 2: TWO}, sealing, nonces or Nonces())


@given(st.binary(max_size=300), st.binary(max_size=60))
def test_what_one_process_seals_another_one_opens(text: bytes, bound: bytes) -> None:
    sealed = cipher(1).seal(text, bound)
    assert len(sealed) == len(text) + 45
    assert cipher(2).open(sealed, bound) == text
    assert len(text) < 8 or text not in sealed


@given(st.data())
def test_every_changed_byte_is_noticed(data: st.DataObject) -> None:
    sealed = bytearray(cipher().seal(b"some text", b"bound"))
    place = data.draw(st.integers(1, len(sealed) - 1))  # the first byte says that it is sealed
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises((ValueBroken, UnknownDataKey)):
        cipher().open(bytes(sealed), b"bound")


@given(st.integers(0, 53))
def test_what_was_cut_off_is_noticed(length: int) -> None:
    sealed = cipher().seal(b"some text", b"bound")[:length]
    with pytest.raises((ValueBroken, UnknownDataKey)):
        cipher().open(sealed, b"bound")


def test_a_text_opens_only_where_it_belongs_and_only_with_its_tables_key() -> None:
    sealed = cipher().seal(b"text", b"one key")
    with pytest.raises(ValueBroken):
        cipher().open(sealed, b"another key")
    of_another_table = ValueCipher({1: TWO}, 1, Nonces())
    with pytest.raises(ValueBroken):
        of_another_table.open(sealed, b"one key")


def test_a_data_key_that_is_not_at_hand_is_told_apart() -> None:
    sealed = cipher(2).seal(b"text", b"")
    with pytest.raises(UnknownDataKey):
        ValueCipher({1: ONE}, 1, Nonces()).open(sealed, b"")


def test_no_two_texts_share_key_and_nonce() -> None:
    process, other = Nonces(), Nonces()
    heads = [
        cipher(number, nonces).seal(b"same", b"same")[:29]
        for number in (1, 2)
        for nonces in (process, other)
        for _ in range(50)
    ]
    assert len(set(heads)) == len(heads)


def test_a_cipher_that_is_made_again_goes_on_counting() -> None:
    nonces = Nonces()
    first = cipher(1, nonces).seal(b"same", b"")
    assert cipher(1, nonces).seal(b"same", b"") != first
