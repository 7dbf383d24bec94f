"""Root keys: their forms, and what they encrypt."""

from __future__ import annotations

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.crypto.root_key import OVERHEAD, SIZE, RootKey, RootKeyError, Unwrapping, new_material

MATERIAL = bytes(range(SIZE))


@pytest.mark.parametrize(
    "text",
    [
        MATERIAL.hex(),
        MATERIAL.hex().upper(),
        f"  {MATERIAL.hex()}\r\n",
        base64.b64encode(MATERIAL).decode(),
        base64.b64encode(MATERIAL).decode().rstrip("=") + "\n",
    ],
)
def test_one_key_in_several_forms(text: str) -> None:
    assert RootKey.parse(text).id == RootKey(MATERIAL).id


@pytest.mark.parametrize(
    "text",
    [
        "",
        MATERIAL.hex()[:-1],
        MATERIAL.hex() + "0",
        base64.b64encode(MATERIAL[:-1]).decode(),
        base64.b64encode(MATERIAL + b"x").decode(),
        "g" * 64,
        "-----BEGIN PRIVATE KEY-----",
    ],
)
def test_what_is_no_key_is_not_shown(text: str) -> None:
    with pytest.raises(RootKeyError) as caught:
        RootKey.parse(text)
    assert not text or text not in str(caught.value)


@given(st.text(max_size=100))
def test_any_text_is_a_key_or_refused(text: str) -> None:
    with contextlib.suppress(RootKeyError):
        RootKey.parse(text)


def test_the_id_is_fixed_and_tells_nothing() -> None:
    """Key files hold it: another derivation would lock everybody out."""
    assert RootKey(MATERIAL).id.hex() == "d1416a6a059b4732217180e378f496e7"
    assert MATERIAL.hex() not in repr(RootKey(MATERIAL))


def test_a_wrapped_key_opens_only_in_its_place() -> None:
    root, other = RootKey(MATERIAL), RootKey(new_material())
    key = new_material()
    wrapped = root.wrap(key, b"here")
    assert len(wrapped) == len(key) + OVERHEAD
    assert key not in wrapped
    assert root.unwrap(wrapped, b"here") == key
    assert root.wrap(key, b"here") != wrapped, "every nonce is a new one"
    for broken in (wrapped[:-1], wrapped[1:], b"", wrapped[:-1] + bytes([wrapped[-1] ^ 1])):
        with pytest.raises(Unwrapping):
            root.unwrap(broken, b"here")
    for wrong, context in ((root, b"there"), (other, b"here")):
        with pytest.raises(Unwrapping):
            wrong.unwrap(wrapped, context)
