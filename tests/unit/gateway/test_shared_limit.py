"""A limit that several nodes share."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jedlik.gateway.shared_limit import SharedLimit
from tests.properties import examples


def test_one_user_has_half_and_two_have_a_third_each() -> None:
    limit = SharedLimit(12)
    assert limit.share(0) == 6
    limit.used = 8
    assert limit.share(4) == 4
    assert limit.share(0) == 2


@examples(40)
@given(most=st.integers(0, 50), turns=st.lists(st.integers(0, 4), max_size=80))
def test_all_together_never_have_more(most: int, turns: list[int]) -> None:
    """However they take by turns, up to their shares; then one that has nothing finds some left."""
    limit, own = SharedLimit(most), [0] * 5
    for turn in turns:
        if own[turn] < limit.share(own[turn]):
            own[turn] += 1
            limit.used += 1
    assert sum(own) == limit.used <= most
    assert not most or not limit.is_reached
