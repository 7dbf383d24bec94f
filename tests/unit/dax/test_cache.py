"""What is cached, for how long, and what is evicted; and that outdated entries are not kept."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from jedlik.dax.cache import ENTRY_OVERHEAD, NodeMemory, TimesToLive
from tests.simulated_clock import SimulatedClock

KEY = b"\x43tab\x41k"
QUERY = b"\x01query"


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def memory(clock: SimulatedClock) -> NodeMemory:
    return NodeMemory(10_000, clock.monotonic, TimesToLive(10.0, 20.0))


def keep(memory: NodeMemory, key: bytes, reply: bytes) -> None:
    memory.reading(key).keep(reply)


def test_items_and_pages_live_for_their_times(memory: NodeMemory, clock: SimulatedClock) -> None:
    keep(memory, KEY, b"item")
    memory.keep_query(QUERY, b"page")
    clock.advance(9.9)
    assert (memory.find(KEY), memory.find(QUERY)) == (b"item", b"page")
    clock.advance(0.1)
    assert (memory.find(KEY), memory.find(QUERY)) == (None, b"page")
    clock.advance(10)
    assert memory.find(QUERY) is None
    assert (memory.used, len(memory)) == (0, 0)


def test_a_use_makes_nothing_live_longer(memory: NodeMemory, clock: SimulatedClock) -> None:
    keep(memory, KEY, b"item")
    for _ in range(4):
        clock.advance(2.5)
        found = memory.find(KEY)
    assert found is None


def test_zero_is_for_ever_for_items_and_not_at_all_for_pages(clock: SimulatedClock) -> None:
    memory = NodeMemory(10_000, clock.monotonic, TimesToLive(0.0, 0.0))
    keep(memory, KEY, b"item")
    memory.keep_query(QUERY, b"page")
    clock.advance(1e9)
    assert (memory.find(KEY), memory.find(QUERY)) == (b"item", None)


def test_a_change_of_times_is_about_what_comes(memory: NodeMemory, clock: SimulatedClock) -> None:
    keep(memory, KEY, b"item")
    memory.lives = TimesToLive(1.0, 1.0)
    keep(memory, b"\x40", b"later")
    clock.advance(5)
    assert (memory.find(KEY), memory.find(b"\x40")) == (b"item", None)


def test_the_least_recently_used_makes_room(clock: SimulatedClock) -> None:
    size = 1 + 100 + ENTRY_OVERHEAD
    memory = NodeMemory(3 * size, clock.monotonic, TimesToLive())
    for key in (b"a", b"b", b"c"):
        keep(memory, key, b"." * 100)
    assert memory.used == 3 * size
    memory.find(b"a")
    memory.keep_query(b"d", b"." * 100)
    assert [memory.find(key) is not None for key in (b"a", b"b", b"c", b"d")] == [
        True, False, True, True,
    ]  # fmt: skip
    assert memory.counters.evicted_bytes == size
    assert memory.used == 3 * size


def test_what_is_larger_than_the_memory_is_not_kept(memory: NodeMemory) -> None:
    keep(memory, KEY, b"item")
    keep(memory, KEY, b"." * 10_000)
    assert memory.find(KEY) is None
    assert memory.used == 0


def test_bytes_are_counted_honestly(clock: SimulatedClock) -> None:
    memory = NodeMemory(1 << 30, clock.monotonic, TimesToLive())
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(20_000):
            keep(memory, b"%030d" % number, b"%0200d" % number)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.8 * taken < memory.used < 1.3 * taken


def test_a_reboot_empties_both(memory: NodeMemory) -> None:
    keep(memory, KEY, b"item")
    memory.keep_query(QUERY, b"page")
    use = memory.reading(b"other")
    memory.clear()
    use.keep(b"from before")
    assert (memory.find(KEY), memory.find(QUERY), memory.find(b"other")) == (None, None, None)
    assert memory.used == 0


# --- Reading while writing ----------------------------------------------------------------------


def test_an_item_that_was_written_while_it_was_read_is_the_written_one(memory: NodeMemory) -> None:
    reading = memory.reading(KEY)
    memory.writing(KEY).keep(b"new")
    reading.keep(b"old")
    assert memory.find(KEY) == b"new"


def test_an_item_that_is_being_written_is_not_kept_by_readers(memory: NodeMemory) -> None:
    writing = memory.writing(KEY)
    memory.reading(KEY).keep(b"old")
    assert memory.find(KEY) is None
    writing.keep(b"new")
    assert memory.find(KEY) == b"new"


def test_of_two_writes_at_a_time_none_is_kept(memory: NodeMemory) -> None:
    keep(memory, KEY, b"before")
    first, second = memory.writing(KEY), memory.writing(KEY)
    second.keep(b"second")
    assert memory.find(KEY) is None
    first.keep(b"first")
    assert memory.find(KEY) is None
    memory.writing(KEY).keep(b"third")
    assert memory.find(KEY) == b"third"


def test_a_write_that_failed_leaves_the_item_and_one_that_may_have_does_not(
    memory: NodeMemory,
) -> None:
    keep(memory, KEY, b"before")
    memory.writing(KEY).leave()
    assert memory.find(KEY) == b"before"
    memory.writing(KEY).forget()
    assert memory.find(KEY) is None


def test_a_use_ends_once(memory: NodeMemory) -> None:
    use = memory.writing(KEY)
    use.keep(b"new")
    use.forget()
    use.leave()
    use.keep(b"again")
    assert memory.find(KEY) == b"new"
    assert not memory._busy
