"""A page is the same whether its rows are looked at one by one or a part at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.storage import page
from jedlik.storage.lmdb.longkeys import STUB
from jedlik.storage.page import fill, short_page
from tests.properties import examples

keys = st.binary(min_size=1, max_size=2)
stores = st.dictionaries(keys, st.binary(min_size=1, max_size=9), max_size=40)


@pytest.fixture(scope="module", autouse=True)
def _long_from_the_third_row_on() -> object:
    patch = pytest.MonkeyPatch()
    patch.setattr(page, "_PART", 3)
    yield
    patch.undo()


@examples(200)
@given(stores, keys, st.booleans(), st.integers(1, 50), st.integers(1, 200))
def test_a_page_ends_where_fill_ends_it(
    store: dict[bytes, bytes], bound: bytes, reverse: bool, limit: int, max_bytes: int
) -> None:
    ordered = sorted(store.items(), reverse=reverse)
    within = [row for row in ordered if (row[0] < bound) is not reverse]
    found = short_page(iter(ordered), bound, reverse, limit, max_bytes)
    assert found == fill(within, limit, max_bytes)


@pytest.mark.parametrize("place", range(8))
def test_a_stub_of_a_long_key_is_for_others_to_read(place: int) -> None:
    rows = [(b"%03d" % at, b"v") for at in range(8)]
    rows[place] = (b"%03d" % place + b"." * (STUB - 3), b"v")
    assert short_page(iter(rows), b"9", False, 100, 100) is None


def test_a_stub_beyond_the_page_is_not_looked_at() -> None:
    rows = [(b"1", b"v"), (b"2", b"v"), (b"3" * STUB, b"v")]
    assert short_page(iter(rows), b"3", False, 100, 100) == (rows[:2], False)
