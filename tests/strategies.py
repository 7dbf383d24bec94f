"""Hypothesis strategies for attribute values, and the plain-Python oracle for numbers."""

from __future__ import annotations

from base64 import b64encode
from decimal import Context, Decimal

from hypothesis import strategies as st

# Exact for every number in range: no operation below ever rounds.
EXACT = Context(prec=1000, Emax=99_999, Emin=-99_999)


def plain(number: Decimal) -> str:
    """The service's spelling of a number, via Decimal."""
    text = f"{EXACT.normalize(number):f}"
    return "0" if number == 0 else text


@st.composite
def decimals(draw: st.DrawFn) -> Decimal:
    """Any number the service stores: up to 38 digits, both signs, the whole range of exponents."""
    digits = draw(st.text("0123456789", min_size=1, max_size=38))
    exponent = draw(st.integers(-130, 125) | st.integers(-3, 40))
    if not digits.strip("0"):
        return Decimal(0)
    significant = digits.lstrip("0")
    number = Decimal(f"{significant[0]}.{significant[1:]}E{exponent}")
    # Not -number, which would round to the 28 digits of the default context.
    return number.copy_negate() if draw(st.booleans()) else number


@st.composite
def spellings(draw: st.DrawFn, number: Decimal) -> str:
    """One of the ways to write `number`."""
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits)) + "0" * (zeros := draw(st.integers(0, 5)))
    point = draw(st.integers(0, len(text)))
    shift = exponent - zeros + len(text) - point
    whole = draw(st.sampled_from(["", "0", "000"])) + text[:point]
    fraction = text[point:]
    mark = "." if fraction or draw(st.booleans()) else ""
    letter = draw(st.sampled_from("eE"))
    plus = draw(st.sampled_from(["", "+", "+0"])) if shift >= 0 else ""
    tail = f"{letter}{plus}{shift}" if shift or draw(st.booleans()) else ""
    prefix = "-" if sign else draw(st.sampled_from(["", "+"]))
    return f"{prefix}{whole or ('' if fraction else '0')}{mark}{fraction}{tail}"


strings = st.text(max_size=12) | st.text("\x00\x01a\x7f\xff\u07ff\ufffd\U0001f600", max_size=6)
binaries = st.binary(max_size=12) | st.binary(max_size=3).map(lambda raw: raw.replace(b"a", b"\0"))
base64s = binaries.map(lambda raw: b64encode(raw).decode())
numbers = decimals().flatmap(spellings)

scalars = st.one_of(
    st.builds(lambda text: {"S": text}, strings),
    st.builds(lambda text: {"N": text}, numbers),
    st.builds(lambda text: {"B": text}, base64s),
    st.builds(lambda truth: {"BOOL": truth}, st.booleans()),
    st.just({"NULL": True}),
)
sets = st.one_of(
    st.lists(strings, min_size=1, max_size=4, unique=True).map(lambda some: {"SS": some}),
    st.lists(decimals(), min_size=1, max_size=4, unique=True)
    .flatmap(lambda some: st.tuples(*map(spellings, some)))
    .map(lambda some: {"NS": list(some)}),
    st.lists(base64s, min_size=1, max_size=4, unique=True).map(lambda some: {"BS": some}),
)
names = st.text(min_size=1, max_size=6)
values = st.recursive(
    scalars | sets,
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda some: {"L": some})
        | st.dictionaries(names, inner, max_size=4).map(lambda some: {"M": some})
    ),
    max_leaves=12,
)
items = st.dictionaries(names, values, max_size=5)
