"""Which key rings have to be read again, compared with a list of all changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jedlik.kernel.key_ring_changes import (
    MAX_CHANGES,
    changed_since,
    everything_changed,
    is_well_formed,
    last_change,
    with_changes,
)

changes = st.lists(
    st.one_of(
        st.just(frozenset()),
        st.just("everything"),
        st.frozensets(st.integers(0, 2**32 - 1), min_size=1, max_size=3),
    ),
    max_size=MAX_CHANGES // 3,
)
"""What each version changed: nothing of key rings, all of them, or some."""


def at(version: int) -> bytes:
    return version.to_bytes(8, "big")


@given(changes, st.integers(0, 40))
def test_what_changed_since_a_version(history: list[str | frozenset[int]], seen: int) -> None:
    stored, last = None, 0
    for version, change in enumerate(history, 1):
        if isinstance(change, str):
            stored, last = everything_changed(at(version)), version
        elif change:
            stored, last = with_changes(stored, at(version), change), version
        assert stored is None or is_well_formed(stored)
    assert last_change(stored) == at(last)
    later = history[seen:]
    if "everything" in later:
        assert changed_since(stored, at(seen)) is None
    else:
        some = (each for each in later if not isinstance(each, str))
        assert changed_since(stored, at(seen)) == set().union(*some)


def test_changes_for_which_there_is_no_room_may_concern_any_ring() -> None:
    stored = None
    for version in range(1, MAX_CHANGES + 2):
        stored = with_changes(stored, at(version), {version})
    assert changed_since(stored, at(0)) is None
    assert changed_since(stored, at(1)) == set(range(2, MAX_CHANGES + 2))
    assert changed_since(stored, at(MAX_CHANGES + 1)) == set()
    many = with_changes(None, at(1), range(MAX_CHANGES + 1))
    assert changed_since(many, at(0)) is None
    assert changed_since(many, at(1)) == set()


def test_a_record_that_is_none() -> None:
    good = with_changes(None, at(3), {7})
    assert is_well_formed(good)
    assert not is_well_formed(good[:-1])
    assert not is_well_formed(b"")
    assert not is_well_formed(at(9) + good[8:])
