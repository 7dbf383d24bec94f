"""When a request was signed, and whether that is recent enough.

A signature is valid for 15 minutes around its date ("Troubleshoot Signature Version 4 signed
requests", IAM user guide); one in a query as long as `X-Amz-Expires` says, up to seven days.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from jedlik.base.errors import IncompleteSignatureException, InvalidSignatureException

MAX_SKEW: Final = 15 * 60
MAX_EXPIRES: Final = 7 * 24 * 3600

_BASIC: Final = re.compile(rb"\d{8}T\d{6}Z")
_FORMAT: Final = "%Y%m%dT%H%M%SZ"


def parse(text: bytes) -> float:
    """Seconds since the epoch of a date like `20240131T235959Z`.

    Raises `IncompleteSignatureException` if it has another form.
    """
    if _BASIC.fullmatch(text):
        try:
            return datetime.strptime(text.decode("ascii"), _FORMAT).replace(tzinfo=UTC).timestamp()
        except ValueError:
            pass
    raise IncompleteSignatureException(
        f"Date must be in ISO-8601 'basic format'. Got '{text.decode('latin-1')}'. "
        "See http://en.wikipedia.org/wiki/ISO_8601"
    )


def write(seconds: float) -> str:
    """The date of `seconds` since the epoch, as `parse` reads it."""
    return datetime.fromtimestamp(seconds, UTC).strftime(_FORMAT)


def from_date_header(text: bytes) -> bytes:
    """A `Date` header's date in the form that is signed; what is not a date stays as it is."""
    if _BASIC.fullmatch(text):
        return text
    # Hardly any client sends such a date, and the parser of mail loads much.
    from email.utils import parsedate_to_datetime  # noqa: PLC0415

    try:
        date = parsedate_to_datetime(text.decode("latin-1"))
        return date.astimezone(UTC).strftime(_FORMAT).encode("ascii")
    except (ValueError, TypeError, IndexError, OverflowError):
        return text


def check_age(text: bytes, signed: float, now: float, lifetime: int = MAX_SKEW) -> None:
    """Raise `InvalidSignatureException` unless `signed` (written `text`) is current at `now`.

    All in seconds since the epoch; `lifetime` in seconds.
    """
    date = text.decode("latin-1")
    if signed < now - lifetime:
        raise InvalidSignatureException(
            f"Signature expired: {date} is now earlier than {write(now - lifetime)} "
            f"({write(now)} - {lifetime // 60} min.)"
        )
    if signed > now + MAX_SKEW:
        raise InvalidSignatureException(
            f"Signature not yet current: {date} is still later than {write(now + MAX_SKEW)} "
            f"({write(now)} + {MAX_SKEW // 60} min.)"
        )
