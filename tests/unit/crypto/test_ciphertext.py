"""Messages sealed under key material."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.crypto.ciphertext import (
    HEAD_SIZE,
    TAG_SIZE,
    InvalidCiphertext,
    encoded_context,
    new_material,
    read,
    seal,
    unseal,
)

KEY_ID = bytes(range(16))
MATERIAL = bytes(32)
contexts = st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=3)


@given(st.binary(max_size=100), contexts, st.integers(0, 2**32 - 1))
def test_a_sealed_message_opens_again(
    plaintext: bytes, context: dict[str, str], number: int
) -> None:
    blob = seal(KEY_ID, number, MATERIAL, plaintext, context)
    assert len(blob) == HEAD_SIZE + len(plaintext) + TAG_SIZE
    message = read(blob)
    assert (message.key_id, message.number) == (KEY_ID, number)
    assert unseal(message, MATERIAL, context) == plaintext


def test_every_changed_byte_is_noticed() -> None:
    blob = seal(KEY_ID, 0, MATERIAL, b"plain", {"a": "b"})
    assert b"plain" not in blob
    for place in range(len(blob)):
        changed = blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :]
        with pytest.raises(InvalidCiphertext):
            unseal(read(changed), MATERIAL, {"a": "b"})


def test_another_key_or_context_opens_nothing() -> None:
    message = read(seal(KEY_ID, 0, MATERIAL, b"plain", {"a": "b"}))
    for material, context in ((new_material(), {"a": "b"}), (MATERIAL, {}), (MATERIAL, {"a": "c"})):
        with pytest.raises(InvalidCiphertext):
            unseal(message, material, context)


def test_no_two_messages_share_a_salt() -> None:
    salts = {read(seal(KEY_ID, 0, MATERIAL, b"", {})).salt for _ in range(1000)}
    assert len(salts) == 1000


@given(contexts, contexts)
def test_no_two_contexts_look_alike(one: dict[str, str], other: dict[str, str]) -> None:
    assert (encoded_context(one) == encoded_context(other)) == (one == other)


@given(st.binary(max_size=HEAD_SIZE + TAG_SIZE + 10))
def test_any_bytes_are_refused(blob: bytes) -> None:
    with pytest.raises(InvalidCiphertext):
        unseal(read(blob), MATERIAL, {})
