"""Pages of rows are those that a sorted dict has, however the database cuts its statements."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.storage.page import fill
from jedlik.storage.postgres import ranges as module
from jedlik.storage.postgres.longkeys import HEAD, stored_key, stored_value
from jedlik.storage.postgres.ranges import RangeRequest, page
from jedlik.storage.postgres.statements import range_statement
from tests.properties import examples

FLAGS = [
    (bounded, reverse, cut, limited)
    for bounded in (False, True)
    for reverse in (False, True)
    for cut in (False, True)
    for limited in (False, True)
]
KINDS = {
    range_statement(bounded=bounded, reverse=reverse, cut=cut, limited=limited): (
        bounded, reverse, cut, limited,
    )
    for bounded, reverse, cut, limited in FLAGS
}  # fmt: skip


class Database:
    """Takes a connection's place: rows in the order of their stored keys."""

    def __init__(self, rows: dict[bytes, bytes]) -> None:
        self.rows = {stored_key(key): stored_value(key, value) for key, value in rows.items()}
        self.looks: list[int | None] = []

    async def fetch(
        self, statement: str, also_read: list[bytes], low: bytes | None, *rest: Any
    ) -> list[Any]:
        bounded, reverse, cut, limited = KINDS[statement]
        given = list(rest)
        high = given.pop(0) if bounded else None
        looks = given.pop(0) if limited else None
        most = given.pop(0) if cut else None
        self.looks.append(looks)
        found = sorted(
            (
                (key, value)
                for key, value in self.rows.items()
                if (low is None or low <= key) and (high is None or key < high)
            ),
            reverse=reverse,
        )[:looks]
        kept, size = [], 0
        for row in found:
            if most is not None and size >= most:
                break
            kept.append(row)
            size += len(row[1])
        others = [(key, self.rows[key], None) for key in also_read if key in self.rows]
        return others + [(*row, len(found)) for row in kept]


def page_of(rows: dict[bytes, bytes], request: RangeRequest) -> Any:
    return asyncio.run(page(Database(rows), request))  # type: ignore[arg-type]


def expected(rows: dict[bytes, bytes], request: RangeRequest) -> Any:
    found = sorted(
        (
            row
            for row in rows.items()
            if request.low <= row[0] and (request.high is None or row[0] < request.high)
        ),
        reverse=request.reverse,
    )
    return fill(found, request.limit, request.max_bytes)


heads = st.sampled_from([b"a" * HEAD, b"a" * (HEAD - 1) + b"b", b""])
keys = st.builds(lambda head, tail: head + tail or b"k", heads, st.binary(max_size=2))
stores = st.dictionaries(keys, st.binary(min_size=1, max_size=9), max_size=30)


@examples(200)
@given(
    stores,
    keys,
    st.none() | keys,
    st.none() | st.integers(1, 8),
    st.none() | st.integers(1, 40),
    st.booleans(),
)
def test_pages_are_those_of_a_sorted_dict(
    rows: dict[bytes, bytes], low: bytes, high: bytes | None, limit: int | None,
    max_bytes: int | None, reverse: bool,
) -> None:  # fmt: skip
    request = RangeRequest(low, high, limit, max_bytes, reverse, ())
    found = page_of(rows, request)
    kept, more = expected(rows, request)
    assert (found.rows, found.more) == (kept, more)


@pytest.mark.parametrize("reverse", [False, True])
def test_rows_outside_the_range_do_not_follow_a_page(reverse: bool) -> None:
    outside, inside = b"m" * HEAD + b"a", b"m" * HEAD + b"b"
    low, high = (inside, None) if reverse else (b"", outside)
    kept = b"z" if reverse else b"a"
    request = RangeRequest(low, high, None, 1, reverse, ())
    for other in (outside, inside):
        found = page_of({kept: b"1", other: b"2"}, request)
        follows = reverse and other == inside
        assert (found.rows, found.more) == ([(kept, b"1")], follows)


def test_a_guess_that_was_too_small_is_made_better(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GUESS", 4)
    database = Database({b"%03d" % number: b"x" * 10 for number in range(200)})
    request = RangeRequest(b"", None, None, 1000, False, ())
    found = asyncio.run(page(database, request))  # type: ignore[arg-type]
    assert len(found.rows) == 100
    assert database.looks[0] == 4
    assert database.looks == sorted(database.looks, key=lambda looks: looks or 0)
    assert len(database.looks) <= 3


def test_what_is_also_read_comes_in_its_order() -> None:
    rows = {b"a": b"1", b"b": b"2", b"z": b"9"}
    found = page_of(rows, RangeRequest(b"a", b"c", None, None, False, (b"z", b"none", b"a")))
    assert found.also_read == [b"9", None, b"1"]
    assert found.rows == [(b"a", b"1"), (b"b", b"2")]
