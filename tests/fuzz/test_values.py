"""Any JSON at all as an attribute value: checked, or refused with the service's errors."""

import contextlib
import copy

import orjson
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import SerializationException, ValidationException
from jedlik.values import canonical, compare, keybytes, number_sizes, numbers, sizes, stored
from tests.properties import examples
from tests.strategies import values

REFUSALS = (ValidationException, SerializationException)

TYPES = ("S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS")
names = st.sampled_from([*TYPES, "s", "", "x"]) | st.text(max_size=3)
texts = st.text(max_size=5) | st.sampled_from(
    ["1", "1.0", "-0", "1e9", "1e-999", "1e126", "NaN", "AA==", "AB==", "AA", "true", "no", "é"]
)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | texts
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=3),
    max_leaves=20,
)
# Mostly of the right form, so that the fuzzer comes further than the door.
nearly = st.recursive(
    values | anything,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda some: {"L": some})
        | st.dictionaries(names, inner, max_size=3).map(lambda some: {"M": some})
        | st.lists(leaves | texts, max_size=3).flatmap(
            lambda some: st.sampled_from(["SS", "NS", "BS"]).map(lambda kind: {kind: some})
        )
    ),
    max_leaves=8,
)


@examples(400)
@given(nearly)
def test_a_value_is_refused_or_fit_for_everything_else(value):
    try:
        size = canonical.canonical_value(value)
    except REFUSALS:
        return
    ((kind, _),) = value.items()
    assert kind in TYPES
    assert size == sizes.value_size(value)
    assert compare.equal(value, orjson.loads(orjson.dumps(value)))
    compare.order(value, value)
    item = {"a": value}
    assert stored.decode(stored.encode(item, size)) == item


@given(st.dictionaries(names, nearly, max_size=3))
def test_items_and_placeholders(item):
    with contextlib.suppress(*REFUSALS):
        canonical.canonical_placeholders(copy.deepcopy(item))
    with contextlib.suppress(*REFUSALS):
        canonical.canonical_item(item)


@given(anything)
def test_binaries_are_read_or_refused(content):
    with contextlib.suppress(*REFUSALS):
        canonical.canonical_binary(content)


@examples(400)
@given(st.text("0123456789+-.eE_ \u0661n", max_size=12) | st.text(max_size=6))
def test_numbers_are_refused_or_stay_the_same(text):
    try:
        number = numbers.canonical(text)
    except ValidationException:
        return
    assert numbers.canonical(number) == number
    assert numbers.number(number) == numbers.number(text)
    assert keybytes.number_bytes(number)
    assert 1 <= number_sizes.number_size(number) <= number_sizes.MAX_NUMBER_SIZE
