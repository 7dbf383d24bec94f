"""Dates of signatures and their age."""

from __future__ import annotations

import pytest

from jedlik.auth.signing_time import check_age, from_date_header, parse, write
from jedlik.base.errors import IncompleteSignatureException, InvalidSignatureException

NOON = 1706702400.0
TEXT = b"20240131T120000Z"


def test_dates_are_read_and_written() -> None:
    assert parse(TEXT) == NOON
    assert write(NOON).encode() == TEXT
    assert write(NOON + 0.9).encode() == TEXT


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"201",
        b"20240131T120000",
        b"20240131T120000z",
        b"2024-01-31T12:00:00Z",
        b"20240132T120000Z",
        b"20240131T250000Z",
        b"20240131T120000Z\n",
        "\uff12024013\uff11T120000Z".encode(),
    ],
)
def test_what_is_no_date(text: bytes) -> None:
    with pytest.raises(IncompleteSignatureException) as caught:
        parse(text)
    assert caught.value.message == (
        f"Date must be in ISO-8601 'basic format'. Got '{text.decode('latin-1')}'. "
        "See http://en.wikipedia.org/wiki/ISO_8601"
    )


@pytest.mark.parametrize(
    ("header", "date"),
    [
        (TEXT, TEXT),
        (b"Wed, 31 Jan 2024 12:00:00 GMT", TEXT),
        (b"Wed, 31 Jan 2024 13:00:00 +0100", TEXT),
        (b"yesterday", b"yesterday"),
        (b"Wed, 31 Jan 99999 12:00:00 GMT", b"Wed, 31 Jan 99999 12:00:00 GMT"),
        (b"\xff", b"\xff"),
    ],
)
def test_date_headers(header: bytes, date: bytes) -> None:
    assert from_date_header(header) == date


@pytest.mark.parametrize("now", [NOON - 900, NOON, NOON + 900])
def test_times_near_the_servers_are_accepted(now: float) -> None:
    check_age(TEXT, NOON, now)


def test_times_far_from_the_servers_are_refused() -> None:
    with pytest.raises(InvalidSignatureException) as caught:
        check_age(TEXT, NOON, NOON + 901)
    assert caught.value.message == (
        "Signature expired: 20240131T120000Z is now earlier than 20240131T120001Z "
        "(20240131T121501Z - 15 min.)"
    )
    with pytest.raises(InvalidSignatureException) as caught:
        check_age(TEXT, NOON, NOON - 901)
    assert caught.value.message == (
        "Signature not yet current: 20240131T120000Z is still later than 20240131T115959Z "
        "(20240131T114459Z + 15 min.)"
    )
    check_age(TEXT, NOON, NOON + 3000, lifetime=3600)
    with pytest.raises(InvalidSignatureException, match=r"- 60 min\.\)$"):
        check_age(TEXT, NOON, NOON + 3601, lifetime=3600)
