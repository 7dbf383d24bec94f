"""Numbers: decimal text with up to 38 significant digits, in canonical spelling.

A number stays text from the wire to the disk. Its canonical spelling is the one in which the
service returns it: plain decimal notation without exponent, plus sign, leading or trailing zeros,
and no negative zero. Equal numbers have equal canonical text, so equality, sets and hashing need no
arithmetic.

Range and precision: developer guide, "Data types", "Number".
"""

from __future__ import annotations

import re
from decimal import Context, Decimal, Inexact

from jedlik.base.errors import InvalidParameter, ValidationException
from jedlik.base.limits import MAX_NUMBER_DIGITS, MAX_NUMBER_EXPONENT, MIN_NUMBER_EXPONENT

# Already canonical if there are no more than 38 characters: digits and exponent are in range then.
_CANONICAL = re.compile(r"0|-?(?:[1-9][0-9]*|(?:0|[1-9][0-9]*)\.[0-9]*[1-9])").fullmatch
# Several of those, none of which is longer, separated by commas; what vectors have comes first.
_ONE_OF_MANY = (
    r"(?:-?(?:0\.[0-9]{0,36}[1-9]|[1-9][0-9]{0,15}\.[0-9]{0,18}[1-9]|[1-9][0-9]{0,36})|0)"
)
_MANY_CANONICAL = re.compile(f"{_ONE_OF_MANY}(?:,{_ONE_OF_MANY})*").fullmatch
_NUMBER = re.compile(
    r"([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([+-]?)([0-9]+))?", re.ASCII
).fullmatch
_MAX_INT = 2**31 - 1
_MAX_LONG = 2**63 - 1
# No exponent of more digits fits 64 bits, where the service stops reading it.
_MAX_EXPONENT_LENGTH = 19

_OVERFLOW = (
    "Number overflow. Attempting to store a number with magnitude larger than supported range"
)
_UNDERFLOW = (
    "Number underflow. Attempting to store a number with magnitude smaller than supported range"
)
_TOO_PRECISE = "Attempting to store more than 38 significant digits in a Number"

# Wide enough for the exact sum of any two numbers in range: exponents from -130-37 to 126.
_EXACT = Context(prec=400, Emax=10_000, Emin=-10_000, traps=[Inexact])


def canonical(text: str) -> str:
    """The canonical spelling of a number from a client.

    Raises ValidationException if it is not a number, has more than 38 significant digits, or is
    outside of 1E-130 to 9.99...E+125.
    """
    if len(text) <= MAX_NUMBER_DIGITS and _CANONICAL(text):
        return text
    if _is_long_and_canonical(text):
        return text
    match = _NUMBER(text)
    if match is None:
        raise _not_numeric(text)
    sign, whole, fraction, bare_fraction, exponent_sign, exponent = match.groups()
    whole = whole or ""
    fraction = fraction or bare_fraction or ""
    digits = (whole + fraction).lstrip("0")
    power = (exponent or "").lstrip("0")
    if len(power) > _MAX_EXPONENT_LENGTH:
        raise _not_numeric(text)
    scale = int(power or "0") * (-1 if exponent_sign == "-" else 1)
    if scale > _MAX_LONG or scale < -_MAX_LONG - 1:
        raise _not_numeric(text)
    # The place of the decimal point, counted from the first significant digit. Zero has none; its
    # range is that of its last digit: 0e126 is refused, 0.0e126 is not (answers of the service).
    point = (len(digits) or 1) - len(fraction) + scale
    if point - 1 > MAX_NUMBER_EXPONENT:
        # The older checks count in 32 bits, and read an exponent just beyond that as very small.
        raise InvalidParameter(_UNDERFLOW if point - 1 == _MAX_INT else _OVERFLOW, _OVERFLOW)
    if point - 1 < MIN_NUMBER_EXPONENT:
        raise InvalidParameter(_UNDERFLOW)
    if not digits:
        return "0"
    significant = digits.rstrip("0")
    if len(significant) > MAX_NUMBER_DIGITS:
        raise InvalidParameter(_TOO_PRECISE)
    return ("-" if sign == "-" else "") + _plain(significant, point)


def _is_long_and_canonical(text: str) -> bool:
    """Whether this is a whole number, canonical already, that ends with zeros."""
    return (
        len(text) <= MAX_NUMBER_EXPONENT + 1
        and text.isdigit()
        and text.isascii()
        and text[0] != "0"
        and len(text.rstrip("0")) <= MAX_NUMBER_DIGITS
    )


def are_canonical(texts: str) -> bool:
    """Whether all of these texts, joined by commas, are canonical spellings. For long ones it may
    be False although they are."""
    return _MANY_CANONICAL(texts) is not None


def _not_numeric(text: str) -> InvalidParameter:
    problem = "The parameter cannot be converted to a numeric value"
    newer = f"{problem}: {text}"
    return InvalidParameter(newer if text else problem, newer)


def _plain(digits: str, point: int) -> str:
    if point <= 0:
        return "0." + "0" * -point + digits
    if point >= len(digits):
        return digits + "0" * (point - len(digits))
    return digits[:point] + "." + digits[point:]


def parts(text: str) -> tuple[bool, str, int]:
    """Sign, significant digits and decimal exponent of a canonical number other than zero.

    The value is 0.DIGITS times ten to the exponent; True means negative.
    """
    if text.isdigit():
        return False, text.rstrip("0"), len(text)
    negative = text[0] == "-"
    whole, _, fraction = (text[1:] if negative else text).partition(".")
    if whole != "0":
        return negative, (whole + fraction).rstrip("0"), len(whole)
    digits = fraction.lstrip("0")
    return negative, digits, len(digits) - len(fraction)


def number(text: str) -> Decimal:
    """The value of a canonical number, for comparing."""
    return Decimal(text)


def add(left: str, right: str) -> str:
    """The exact sum of two canonical numbers. Raises ValidationException if it is out of range, or
    has more than 38 significant digits: the service never rounds."""
    # Most sums are of counters. A sum has at most one digit more than the longer number.
    if left.isdigit() and right.isdigit() and len(left) + len(right) < MAX_NUMBER_DIGITS:
        return str(int(left) + int(right))
    return _result(_EXACT.add(Decimal(left), Decimal(right)))


def subtract(left: str, right: str) -> str:
    """The exact difference of two canonical numbers; errors as in `add`."""
    return _result(_EXACT.subtract(Decimal(left), Decimal(right)))


def _result(exact: Decimal) -> str:
    if not exact:
        return "0"  # whatever its exponent: two equal numbers may be very small
    text = str(exact)
    if len(text) > MAX_NUMBER_DIGITS:
        digits = "".join(map(str, exact.as_tuple().digits))
        if len(digits.rstrip("0")) > MAX_NUMBER_DIGITS:
            # The service's text, for too many digits too.
            raise ValidationException(_OVERFLOW)
    try:
        return canonical(text)
    except InvalidParameter as error:
        # The error is about the item, not about a parameter.
        raise ValidationException(error.message) from None
