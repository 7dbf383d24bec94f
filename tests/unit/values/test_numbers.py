"""Numbers compared with Decimal, which is independent of Jedlik."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import InvalidParameter, ValidationException
from jedlik.values import numbers
from tests.strategies import EXACT, decimals, plain, spellings

OVERFLOW = (
    "Number overflow. Attempting to store a number with magnitude larger than supported range"
)
UNDERFLOW = (
    "Number underflow. Attempting to store a number with magnitude smaller than supported range"
)
NOT_NUMERIC = "The parameter cannot be converted to a numeric value"
TOO_PRECISE = "Attempting to store more than 38 significant digits in a Number"
LARGEST = "9" * 38 + "0" * 88


def refusal(text: str) -> str:
    with pytest.raises(ValidationException) as caught:
        numbers.canonical(text)
    return caught.value.message


@given(decimals().flatmap(lambda number: st.tuples(st.just(number), spellings(number))))
def test_every_spelling_has_the_one_canonical_text(case):
    number, spelling = case
    assert numbers.canonical(spelling) == plain(number)


@given(decimals())
def test_canonical_text_stays_as_it_is(number):
    assert numbers.canonical(plain(number)) == plain(number)


@given(decimals())
def test_value_and_parts_are_those_of_the_number(number):
    assert numbers.number(plain(number)) == number
    if number:
        negative, digits, exponent = numbers.parts(plain(number))
        assert digits == digits.strip("0")
        assert Decimal(f"{'-' if negative else ''}0.{digits}E{exponent}") == number


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("+0.000", "0"),
        ("0e125", "0"),
        ("0.0e126", "0"),
        (".00E127", "0"),
        ("-0E-130", "0"),
        ("+5", "5"),
        ("00042", "42"),
        ("0042.1200", "42.12"),
        ("1.0", "1"),
        ("1.", "1"),
        (".123", "0.123"),
        ("-.5", "-0.5"),
        ("1.5E+3", "1500"),
        ("1.5e-3", "0.0015"),
        ("-17.4E37", "-174" + "0" * 36),
        ("1E125", "1" + "0" * 125),
        ("-1E-130", "-0." + "0" * 129 + "1"),
        ("0.1E126", "1" + "0" * 125),
        ("10e-131", "0." + "0" * 129 + "1"),
        ("9." + "9" * 37 + "E125", LARGEST),
        ("1" * 38, "1" * 38),
        ("0." + "1" * 38, "0." + "1" * 38),
        ("1" + "0" * 60, "1" + "0" * 60),
        ("1" * 38 + "0" * 88, "1" * 38 + "0" * 88),
        ("1" + "0" * 125 + "." + "0" * 5000, "1" + "0" * 125),
        ("1e0000000000000000002", "100"),
        ("1e" + "0" * 5000 + "2", "100"),
        ("100e-" + "0" * 1_000_000, "100"),
    ],
)
def test_the_canonical_form_of_numbers(written, stored):
    assert numbers.canonical(written) == stored


@pytest.mark.parametrize(
    "text",
    ["NaN", "-NaN", "Infinity", "-inf", "dog", " 1", "1 ", "1\n", "1_0", "1,0", "0x1", "--1", "+-1",
     "1-", "+", "-", ".", "e5", ".e5", "1e", "1e+", "1e5.0", "1.2.3", "1+2", "\u0661", "\uff11",
     "1e\u0661", "\u22121", "\u00bd", "1\x00", "1" * 38 + "x"],
)  # fmt: skip
def test_not_a_number(text):
    assert refusal(text) == f"The parameter cannot be converted to a numeric value: {text}"


def test_the_empty_text_is_not_quoted():
    assert refusal("") == "The parameter cannot be converted to a numeric value"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1E126", OVERFLOW),
        ("-1E126", OVERFLOW),
        ("11e125", OVERFLOW),
        ("1" + "0" * 126, OVERFLOW),
        ("1e9223372036854775807", OVERFLOW),
        ("0.0001e99999999999", OVERFLOW),
        ("1E-131", UNDERFLOW),
        ("-1E-131", UNDERFLOW),
        ("0.9e-130", UNDERFLOW),
        ("0." + "0" * 130 + "1", UNDERFLOW),
        ("1e-9223372036854775808", UNDERFLOW),
        ("0e126", OVERFLOW),
        ("00e126", OVERFLOW),
        ("0.0e127", OVERFLOW),
        ("0e-131", UNDERFLOW),
        ("0.0e-130", UNDERFLOW),
        ("1" * 39, TOO_PRECISE),
        ("1" * 39 + "0" * 20, TOO_PRECISE),
        ("0." + "1" * 39, TOO_PRECISE),
        ("3.14159265358979323846264338327950288419", TOO_PRECISE),
        ("1" + "0" * 37 + "1", TOO_PRECISE),
        ("7" * 5000, OVERFLOW),
        # The range is looked at before the precision.
        ("1" * 39 + "e125", OVERFLOW),
        ("1" * 39 + "e-200", UNDERFLOW),
    ],
)
def test_out_of_range_or_too_precise(text, message):
    assert refusal(text) == message


@pytest.mark.parametrize("exponent", ["9223372036854775808", "-9223372036854775809", "9" * 5000])
def test_an_exponent_beyond_64_bits_is_not_read(exponent):
    assert refusal(f"1e{exponent}").startswith(f"{NOT_NUMERIC}: 1e")


@pytest.mark.parametrize(
    ("text", "older", "newer"),
    [
        ("", NOT_NUMERIC, f"{NOT_NUMERIC}: "),
        ("abc", f"{NOT_NUMERIC}: abc", f"{NOT_NUMERIC}: abc"),
        ("1e2147483647", UNDERFLOW, OVERFLOW),
        ("1e2147483648", OVERFLOW, OVERFLOW),
        ("1e126", OVERFLOW, OVERFLOW),
    ],
)
def test_older_and_newer_words(text, older, newer):
    with pytest.raises(InvalidParameter) as caught:
        numbers.canonical(text)
    assert (caught.value.message, caught.value.newer) == (older, newer)


def test_arithmetic_is_no_fault_of_a_parameter():
    with pytest.raises(ValidationException, match="Number overflow") as caught:
        numbers.add("9" * 38 + "0" * 88, "9" * 38 + "0" * 88)
    assert not isinstance(caught.value, InvalidParameter)


def test_a_million_digits_are_refused_in_a_moment():
    assert refusal("1" * 1_000_000) == OVERFLOW
    assert refusal("1" * 39 + "." + "0" * 1_000_000) == TOO_PRECISE
    assert refusal("1" * 1_000_000 + "x").startswith("The parameter cannot be converted")


def expected(exact: Decimal) -> str:
    """What an exact result becomes, rule by rule."""
    if len(EXACT.normalize(exact).as_tuple().digits) > 38:
        return OVERFLOW
    if exact and exact.adjusted() > 125:
        return OVERFLOW
    if exact and exact.adjusted() < -130:
        return UNDERFLOW
    return plain(exact)


def outcome(operation, left: str, right: str) -> str:
    try:
        return operation(left, right)
    except ValidationException as error:
        return error.message


near = st.tuples(decimals(), st.integers(-999, 999)).map(
    lambda case: (case[0], EXACT.scaleb(Decimal(case[1]), case[0].adjusted() if case[0] else 0))
)


@given(st.tuples(decimals(), decimals()) | near)
def test_sums_and_differences_are_exact_or_refused(pair):
    left, right = pair
    if right and not -130 <= right.adjusted() <= 125:
        return
    a, b = plain(left), plain(right)
    assert outcome(numbers.add, a, b) == expected(EXACT.add(left, right))
    assert outcome(numbers.subtract, a, b) == expected(EXACT.subtract(left, right))


@pytest.mark.parametrize(
    ("operation", "left", "right", "result"),
    [
        (numbers.add, "0.1", "0.2", "0.3"),
        (numbers.subtract, "0.3", "0.1", "0.2"),
        (numbers.subtract, "1", "1", "0"),
        (numbers.add, "1", "1" + "0" * 37, "1" + "0" * 36 + "1"),
        (numbers.add, "1" + "0" * 38, "9" * 37 + "0", "1" + "9" * 37 + "0"),
        (numbers.add, "9" * 38, "1", "1" + "0" * 38),
        (numbers.add, "1", "1" + "0" * 38, OVERFLOW),
        (numbers.add, "1" + "0" * 50, "1", OVERFLOW),
        (numbers.subtract, "1" + "0" * 50, "1", OVERFLOW),
        (numbers.add, "9" + "0" * 125, "9" + "0" * 125, OVERFLOW),
        (numbers.add, LARGEST, "-" + LARGEST, "0"),
        (numbers.subtract, "0." + "0" * 130 + "1", "0." + "0" * 130 + "1", "0"),
        (numbers.subtract, "0." + "0" * 129 + "11", "0." + "0" * 129 + "1", UNDERFLOW),
    ],
)
def test_arithmetic(operation, left, right, result):
    assert outcome(operation, left, right) == result
