"""The clocks: of the machine, shifted and simulated."""

import time

import pytest

from jedlik.base.clock import SimulatedClock, SystemClock


def test_the_system_clock_is_the_machine_s():
    clock = SystemClock()
    before = time.time()
    now = clock.now()
    assert before <= now <= time.time()
    earlier = clock.monotonic()
    assert earlier <= clock.monotonic() <= time.monotonic()


def test_a_simulated_clock_moves_only_by_hand():
    clock = SimulatedClock(now=1000.0)
    assert clock.now() == clock.now() == 1000.0
    earlier = clock.monotonic()
    clock.advance(2.5)
    assert clock.now() == 1002.5
    assert clock.monotonic() == earlier + 2.5
    clock.advance(0)
    assert clock.now() == 1002.5


def test_a_simulated_clock_never_goes_back():
    clock = SimulatedClock()
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-1)
