"""A page is the same whether its rows are looked at one by one or a part at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.storage import page
from jedlik.storage.lmdb.longkeys import STUB
from jedlik.storage.page import changed_page, fill, short_page
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


@examples(300)
@given(
    stores,
    st.dictionaries(keys, st.none() | st.binary(max_size=9), max_size=20),
    st.booleans(),
    st.integers(1, 50) | st.just(page.UNLIMITED),
    st.integers(1, 200) | st.just(page.UNLIMITED),
)
def test_a_page_with_changes_is_that_of_the_changed_rows(
    store: dict[bytes, bytes],
    changes: dict[bytes, bytes | None],
    reverse: bool,
    limit: int,
    max_bytes: int,
) -> None:
    stored = sorted(store.items(), reverse=reverse)
    changed = {**store, **changes}
    rows = [(key, value) for key, value in sorted(changed.items()) if value is not None]
    found = changed_page(
        lambda limit, max_bytes: fill(stored, limit, max_bytes),
        sorted(changes.items()),
        limit,
        max_bytes,
        reverse=reverse,
    )
    assert found == fill(rows[::-1] if reverse else rows, limit, max_bytes)


def test_more_is_read_where_too_little_is_left() -> None:
    stored = [(b"%03d" % number, b"v" * 10) for number in range(100)]
    asked: list[tuple[int, int]] = []

    def read(limit: int, max_bytes: int) -> tuple[list[tuple[bytes, bytes]], bool]:
        asked.append((limit, max_bytes))
        return fill(stored, limit, max_bytes)

    changes = [(key, None) for key, _ in stored[:30]]
    rows, more = changed_page(read, changes, 50, 100, reverse=False)
    assert (rows, more) == (stored[30:40], True)
    assert [room for _, room in asked] == [100, 201, 403]
    assert {limit for limit, _ in asked} == {81}


@pytest.mark.parametrize("place", range(8))
def test_a_stub_of_a_long_key_is_for_others_to_read(place: int) -> None:
    rows = [(b"%03d" % at, b"v") for at in range(8)]
    rows[place] = (b"%03d" % place + b"." * (STUB - 3), b"v")
    assert short_page(iter(rows), b"9", False, 100, 100) is None


def test_a_stub_beyond_the_page_is_not_looked_at() -> None:
    rows = [(b"1", b"v"), (b"2", b"v"), (b"3" * STUB, b"v")]
    assert short_page(iter(rows), b"3", False, 100, 100) == (rows[:2], False)
