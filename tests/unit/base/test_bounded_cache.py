"""A cache never weighs more than its limit, and its weight is that of its entries."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.bounded_cache import BoundedCache

MOST = 100


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["put", "grow", "discard", "clear"]),
            st.integers(0, 9),
            st.integers(0, 150),
        )
    )
)
def test_the_weight_is_bounded_and_right(steps: list[tuple[str, int, int]]) -> None:
    cache: BoundedCache[int, str] = BoundedCache(MOST)
    weights: dict[int, int] = {}
    for step, key, weight in steps:
        if step == "put":
            assert cache.put(key, str(key), weight) == str(key)
            weights[key] = weight
        elif step == "grow":
            cache.grow(key, weight)
            if cache.get(key) is not None or key in weights:
                weights[key] = weights.get(key, 0) + weight
        elif step == "discard":
            cache.discard(key)
        else:
            cache.clear()
        weights = {key: each for key, each in weights.items() if cache.get(key) is not None}
        assert cache.weight == sum(weights.values()) <= MOST
        assert len(cache) == len(weights)


def test_what_came_first_makes_room() -> None:
    cache: BoundedCache[str, int] = BoundedCache(MOST)
    for number, key in enumerate("abc"):
        cache.put(key, number, 50)
    assert [cache.get(key) for key in "abc"] == [None, 1, 2]
    cache.put("b", 3, 50)  # put again: the last one now
    cache.put("d", 4, 50)
    assert [cache.get(key) for key in "bcd"] == [3, None, 4]


def test_an_entry_larger_than_the_cache_is_not_kept() -> None:
    cache: BoundedCache[str, int] = BoundedCache(MOST)
    cache.put("a", 1, 10)
    assert cache.put("b", 2, MOST + 1) == 2
    assert (cache.get("a"), cache.get("b")) == (1, None)
    cache.put("a", 3, MOST + 1)
    assert cache.get("a") is None
