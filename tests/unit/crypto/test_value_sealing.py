"""Sealed values: which can be opened, which changes are detected, and that nonces do not repeat."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.crypto.errors import CorruptCiphertext, UnknownDataKey
from jedlik.crypto.value_sealing import Nonces, ValueCipher, new_data_key

ONE, TWO = new_data_key(), new_data_key()
HEAD = b"size"


def cipher(sealing: int | None = 1, nonces: Nonces | None = None) -> ValueCipher:
    return ValueCipher({1: ONE, 2: TWO}, sealing, nonces or Nonces())


@given(st.binary(max_size=300), st.binary(max_size=60))
def test_what_one_process_seals_another_one_opens(text: bytes, bound: bytes) -> None:
    sealed = cipher(1).seal(HEAD + text, 4, bound)
    assert len(sealed) == 4 + len(text) + 45
    assert sealed[:4] == HEAD
    assert cipher(2).open(sealed, 4, bound) == HEAD + text
    assert len(text) < 8 or text not in sealed


@given(st.data())
def test_every_changed_byte_is_noticed(data: st.DataObject) -> None:
    sealed = bytearray(cipher().seal(HEAD + b"some text", 4, b"bound"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    if place == 4:  # this byte says that it is sealed; whoever looks at it never gets to open it
        place = 0
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises((CorruptCiphertext, UnknownDataKey)):
        cipher().open(bytes(sealed), 4, b"bound")


@given(st.integers(0, 57))
def test_what_was_cut_off_is_noticed(length: int) -> None:
    sealed = cipher().seal(HEAD + b"some text", 4, b"bound")[:length]
    with pytest.raises((CorruptCiphertext, UnknownDataKey)):
        cipher().open(sealed, 4, b"bound")


def test_a_text_opens_only_where_it_belongs_and_only_with_its_tables_key() -> None:
    sealed = cipher().seal(b"text", 0, b"one key")
    with pytest.raises(CorruptCiphertext):
        cipher().open(sealed, 0, b"another key")
    of_another_table = ValueCipher({1: TWO}, 1, Nonces())
    with pytest.raises(CorruptCiphertext):
        of_another_table.open(sealed, 0, b"one key")


def test_a_data_key_that_is_not_at_hand_is_told_apart() -> None:
    sealed = cipher(2).seal(b"text", 0, b"")
    with pytest.raises(UnknownDataKey):
        ValueCipher({1: ONE}, 1, Nonces()).open(sealed, 0, b"")


def test_no_two_texts_share_key_and_nonce() -> None:
    process, other = Nonces(), Nonces()
    heads = [
        cipher(number, nonces).seal(b"same", 0, b"same")[:29]
        for number in (1, 2)
        for nonces in (process, other)
        for _ in range(50)
    ]
    assert len(set(heads)) == len(heads)


def test_a_cipher_that_is_made_again_goes_on_counting() -> None:
    nonces = Nonces()
    first = cipher(1, nonces).seal(b"same", 0, b"")
    assert cipher(1, nonces).seal(b"same", 0, b"") != first
