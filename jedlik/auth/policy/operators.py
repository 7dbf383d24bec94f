"""The comparisons of Condition blocks.

Each operator compiles one value of the policy to a test of one value of the request. IAM user
guide, "IAM JSON policy elements: Condition operators". A value that the operator cannot parse, in
the policy or in the request, matches nothing.
"""

from __future__ import annotations

import ipaddress
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from operator import eq, ge, gt, le, lt
from typing import Any, Final, NamedTuple

from jedlik.auth.policy.matching import if_long_enough, like_once, segments_like_once
from jedlik.auth.policy.patterns import Compile
from jedlik.auth.policy.stepping import MAX_SEARCH, MIN_PATTERN, stepping_if_long
from jedlik.auth.policy.wildcards import Match, like, never, segments_like, text_of


class Operator(NamedTuple):
    """`negated`: true if no value of the policy matches; `variables`: it has `${...}`;
    `compile_late` is for a value that is another one for each request."""

    compile: Compile
    negated: bool = False
    variables: bool = False
    compile_late: Compile | None = None


def _equals(pieces: Sequence[str]) -> Match:
    wanted = text_of(pieces)
    return lambda text: text == wanted


def _equals_once(pieces: Sequence[str]) -> Match:
    return if_long_enough(pieces, _equals)


def _equals_ignore_case(pieces: Sequence[str]) -> Match:
    wanted = text_of(pieces).casefold()
    return lambda text: text.casefold() == wanted


_MAX_FOLDED: Final = 3
"""Characters that one becomes when case is ignored."""


def _equals_ignore_case_once(pieces: Sequence[str]) -> Match:
    return if_long_enough(pieces, _equals_ignore_case, _MAX_FOLDED)


def _boolean(pieces: list[str]) -> Match:
    wanted = text_of(pieces).lower()
    if wanted not in ("true", "false"):
        return never
    return lambda text: text.lower() == wanted


def _binary(pieces: list[str]) -> Match:
    wanted = decoded(text_of(pieces))
    return never if wanted is None else lambda text: decoded(text) == wanted


def decoded(text: str) -> bytes | None:
    """The bytes that a base64 text stands for, or None."""
    try:
        return b64decode(text, validate=True)
    except (Base64Error, ValueError):
        return None


def _numeric(compare: Callable[[Any, Any], bool]) -> Compile:
    return lambda pieces: _compared(text_of(pieces), read_number, compare)


def _date(compare: Callable[[Any, Any], bool]) -> Compile:
    return lambda pieces: _compared(text_of(pieces), read_date, compare)


def _compared(
    wanted: str, read: Callable[[str], Any], compare: Callable[[Any, Any], bool]
) -> Match:
    limit = read(wanted)
    if limit is None:
        return never

    def match(text: str) -> bool:
        value = read(text)
        return value is not None and compare(value, limit)

    return match


_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?").fullmatch


def read_number(text: str) -> Decimal | None:
    """A number, or None."""
    if len(text) > 64 or not text.isascii() or not _NUMBER(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def read_date(text: str) -> float | None:
    """Seconds since the epoch, from an ISO 8601 date or from such seconds; or None."""
    number = read_number(text)
    if number is not None and not re.fullmatch(r"\d{4}", text):
        return float(number)
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        if not re.fullmatch(r"\d{4}(-\d{2})?", text):
            return None
        parts = [int(part) for part in text.split("-")]
        try:
            date = datetime(parts[0], parts[1] if len(parts) > 1 else 1, 1, tzinfo=UTC)
        except ValueError:
            return None
    try:
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except OverflowError:
        return None


def _address(pieces: list[str]) -> Match:
    try:
        network = ipaddress.ip_network(text_of(pieces), strict=False)
    except ValueError:
        return never

    def match(text: str) -> bool:
        address = _read_address(text)
        return address is not None and address in network

    return match


_MAX_ADDRESS_LENGTH: Final = 64
"""Characters of an IPv6 address with a zone, with some reserve."""


def _read_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    # Conditions may test any text that a caller sends, and cached values have to be small.
    return _known_address(text) if len(text) <= _MAX_ADDRESS_LENGTH else None


@lru_cache(maxsize=4096)
def _known_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _like(pieces: Sequence[str]) -> Match:
    size = sum(map(len, pieces))
    search = like(pieces)
    if size < MIN_PATTERN:
        return search
    return stepping_if_long(search, pieces, arn=False, size=size, most=MAX_SEARCH)


_EQUALS: Final = Operator(_equals, variables=True, compile_late=_equals_once)
_EQUALS_IGNORE_CASE: Final = Operator(
    _equals_ignore_case, variables=True, compile_late=_equals_ignore_case_once
)
_STRING_LIKE: Final = Operator(_like, variables=True, compile_late=like_once)
_ARN_LIKE: Final = Operator(
    lambda pieces: segments_like(pieces, _like), variables=True, compile_late=segments_like_once
)

OPERATORS: Final[dict[str, Operator]] = {
    "StringEquals": _EQUALS,
    "StringNotEquals": _EQUALS._replace(negated=True),
    "StringEqualsIgnoreCase": _EQUALS_IGNORE_CASE,
    "StringNotEqualsIgnoreCase": _EQUALS_IGNORE_CASE._replace(negated=True),
    "StringLike": _STRING_LIKE,
    "StringNotLike": _STRING_LIKE._replace(negated=True),
    "NumericEquals": Operator(_numeric(eq)),
    "NumericNotEquals": Operator(_numeric(eq), negated=True),
    "NumericLessThan": Operator(_numeric(lt)),
    "NumericLessThanEquals": Operator(_numeric(le)),
    "NumericGreaterThan": Operator(_numeric(gt)),
    "NumericGreaterThanEquals": Operator(_numeric(ge)),
    "DateEquals": Operator(_date(eq)),
    "DateNotEquals": Operator(_date(eq), negated=True),
    "DateLessThan": Operator(_date(lt)),
    "DateLessThanEquals": Operator(_date(le)),
    "DateGreaterThan": Operator(_date(gt)),
    "DateGreaterThanEquals": Operator(_date(ge)),
    "Bool": Operator(_boolean),
    "BinaryEquals": Operator(_binary),
    "IpAddress": Operator(_address),
    "NotIpAddress": Operator(_address, negated=True),
    "ArnEquals": _ARN_LIKE,
    "ArnLike": _ARN_LIKE,
    "ArnNotEquals": _ARN_LIKE._replace(negated=True),
    "ArnNotLike": _ARN_LIKE._replace(negated=True),
}
