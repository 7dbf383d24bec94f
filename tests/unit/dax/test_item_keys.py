"""An item is found by requests for it, and by no other bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.dax.item_keys import GET_ITEM_HEAD, item_key, key_in
from jedlik.dax.wire import cbor

KEY = item_key("tab", b"key")
ASKING = GET_ITEM_HEAD + cbor.byte_string(b"tab") + cbor.byte_string(b"key")
keys = st.tuples(st.text(max_size=300), st.binary(max_size=300))


@pytest.mark.parametrize("options", ["f6", "bfff", "bf02f4ff", "bf0300ff", "bf0301ff", "bf0302ff"])
def test_an_item_is_cached_under_the_request_without_its_options(options: str) -> None:
    assert key_in(ASKING + bytes.fromhex(options)) == KEY


@pytest.mark.parametrize(
    "options",
    [
        "",  # the rest has not come yet
        "bf02f5ff",  # strongly consistent
        "bf0303ff",  # a choice that there is not
        "bf004101ff",  # a projection
        "bf02f40301ff",
        "f6" + ASKING.hex() + "f6",  # two at a time
    ],
)
def test_nothing_is_cached_under_a_request_for_more_or_less(options: str) -> None:
    assert key_in(ASKING + bytes.fromhex(options)) != KEY


@given(keys, keys)
def test_no_key_is_how_another_one_begins(one: tuple[str, bytes], other: tuple[str, bytes]) -> None:
    first, second = item_key(*one), item_key(*other)
    assert (first == second) == (one == other)
    assert first == second or not second.startswith(first)
