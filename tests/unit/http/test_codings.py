"""Content codings of answers: which is chosen, and that clients can undo it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.gateway.content import undone
from jedlik.http.codings import encode, preferred

LIMIT = 10_000


@given(st.binary(max_size=3000), st.sampled_from([b"gzip", b"deflate"]))
def test_what_is_applied_can_be_undone(body: bytes, coding: bytes) -> None:
    assert undone(encode(body, coding), coding, LIMIT) == body


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (b"", None),
        (b"identity", None),
        (b"gzip", b"gzip"),
        (b"GZip", b"gzip"),
        (b"gzip, deflate, br", b"gzip"),
        (b"deflate", b"deflate"),
        (b"*", b"gzip"),
        (b"gzip;q=0", None),
        (b"gzip;q=0, *", b"deflate"),
        (b"gzip;q=0.2, deflate;q=0.8", b"deflate"),
        (b"identity;q=1, gzip;q=0.5", None),
        (b"gzip;q=nonsense", None),
        (b"br", None),
        (b"gzip;q=0." + b"1" * 60_000, None),
    ],
)
def test_what_is_chosen(accepted: bytes, coding: bytes | None) -> None:
    assert preferred(accepted) == coding
