"""References: what they say, and where a page that follows them ends."""

from __future__ import annotations

import pytest

from jedlik.storage.engine import Page, Value
from jedlik.storage.references import followed, is_reference, reference, referred_keys

ROWS = [
    (b"by-name/zoe#42", reference(2)),
    (b"by-name/z#1042", reference(4) + b"and more"),
    (b"by-name/nobody", reference(0)),
]
OTHERS = {b"item/42": b"Zoe", b"item/1042": b"Z"}


def read(keys: list[bytes]) -> list[Value]:
    return [OTHERS.get(key) for key in keys]


def test_the_other_key_is_a_stem_and_the_end_of_the_rows_key() -> None:
    assert referred_keys(ROWS, b"item/") == [b"item/42", b"item/1042", b"item/"]


@pytest.mark.parametrize("value", [b"", b"\0\0\0", reference(4), reference(1 << 24)])
def test_what_is_no_reference_from_a_key(value: bytes) -> None:
    assert not is_reference(b"key", value)


def test_what_is_a_reference_from_a_key() -> None:
    assert all(is_reference(*row) for row in ROWS)


@pytest.mark.parametrize(
    ("max_bytes", "values", "more"),
    [
        (None, [b"Zoe", b"Z", None], False),
        (1, [b"Zoe"], True),
        (3, [b"Zoe"], True),
        (4, [b"Zoe", b"Z"], True),
        (5, [b"Zoe", b"Z", None], False),
    ],
)
def test_the_bytes_that_are_referred_to_end_a_page(
    max_bytes: int | None, values: list[Value], more: bool
) -> None:
    page = followed(Page(ROWS, [b"beside"], more=False), b"item/", read, max_bytes)
    assert page == Page(ROWS[: len(values)], [b"beside"], more, values)


def test_a_page_that_went_on_still_does() -> None:
    assert followed(Page(ROWS, [], more=True), b"item/", read, None).more


def test_no_more_is_read_than_some_rows_beyond_the_end() -> None:
    asked: list[bytes] = []

    def read_large(keys: list[bytes]) -> list[Value]:
        asked.extend(keys)
        return [b"x" * 1000 for _ in keys]

    rows = [(b"%04d" % number, reference(4)) for number in range(500)]
    page = followed(Page(rows, [], more=False), b"", read_large, 100_000)
    assert (len(page.rows), page.more) == (100, True)
    assert len(asked) == 128
