"""Values and their bytes."""

from __future__ import annotations

from hypothesis import strategies as st

from jedlik.dax.wire import cbor


def written(value: object) -> bytes:
    """A value as our writer writes it."""
    match value:
        case None:
            return cbor.NULL
        case bool():
            return cbor.boolean(value)
        case int():
            return cbor.integer(value)
        case bytes():
            return cbor.byte_string(value)
        case str():
            return cbor.text(value)
        case list():
            return cbor.array([written(each) for each in value])
        case dict():
            return cbor.mapping([(written(key), written(each)) for key, each in value.items()])
    raise AssertionError(value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.binary(max_size=300) | st.text(max_size=300),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.integers(0, 99) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=20,
)
