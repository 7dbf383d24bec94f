"""The list of changed identities is complete, or not believed."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.kernel.catalog_version import next_version
from jedlik.services.iam.identity_changes import (
    MAX_BYTES,
    changed_since,
    is_well_formed,
    with_change,
)
from tests.properties import examples


def version(number: int) -> bytes:
    return number.to_bytes(8, "big")


def test_changes_of_a_new_store() -> None:
    first = with_change(None, None, version(1), [b"\x0aua"])
    second = with_change(first, version(1), version(2), [b"\x0aub", b"\x0aua"])
    assert changed_since(first, None, version(1)) == [b"\x0aua"]
    assert changed_since(second, None, version(2)) == [b"\x0aua", b"\x0aub"]
    assert changed_since(second, version(1), version(2)) == [b"\x0aub", b"\x0aua"]
    assert changed_since(second, version(2), version(2)) == []


def test_a_change_that_was_not_listed_makes_the_list_worthless() -> None:
    listed = with_change(None, None, version(1), [b"\x0aua"])
    assert changed_since(listed, None, version(2)) is None
    assert changed_since(None, None, version(2)) is None
    # The next one begins a new list, which does not go back beyond the gap.
    listed = with_change(listed, version(2), version(3), [b"\x0aub"])
    assert changed_since(listed, version(1), version(3)) is None
    assert changed_since(listed, version(2), version(3)) == [b"\x0aub"]


def test_a_change_of_very_many_identities_is_not_listed() -> None:
    listed = with_change(None, None, version(1), [b"\x0aua"])
    keys = [b"\x0au%d" % number for number in range(MAX_BYTES)]
    listed = with_change(listed, version(1), version(2), keys)
    assert changed_since(listed, version(1), version(2)) is None
    listed = with_change(listed, version(2), version(3), [b"\x0aub"])
    assert changed_since(listed, version(2), version(3)) == [b"\x0aub"]


@examples(100)
@given(seed=st.integers(0, 2**40))
def test_any_changes(seed: int) -> None:
    draw = random.Random(seed)
    at, listed = None, None
    done: list[tuple[bytes, list[bytes]]] = []
    for _ in range(draw.randint(1, 60)):
        following = next_version(at)
        keys = [b"\x0au" + draw.randbytes(draw.randint(1, 60)) for _ in range(draw.randint(1, 9))]
        if draw.random() > 0.03:
            listed = with_change(listed, at, following, keys)
        at = following
        done.append((following, keys))
        assert listed is None or len(listed) <= MAX_BYTES
        assert listed is None or is_well_formed(listed)
        for known in (version(draw.randint(0, len(done))), at):
            found = changed_since(listed, known, at)
            if found is not None:
                assert set(found) == {key for made, keys in done if made > known for key in keys}
    assert changed_since(listed, at, at) in ([], None)


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        version(1)[:7],
        version(1) + b"x",
        version(2) + version(1) + b"\x00\x01a",
        version(1) + version(2) + b"\x00\x02a",
        version(1) + version(3) + b"\x00\x01a" + version(2) + b"\x00\x01a",
    ],
)
def test_what_is_no_list(stored: bytes) -> None:
    assert not is_well_formed(stored)
    assert is_well_formed(version(1) + version(2) + b"\x00\x01a")
