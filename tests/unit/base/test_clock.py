"""The clocks: of the machine, and shifted."""

import time

import pytest

from jedlik.base.clock import ShiftedClock, SystemClock


def test_the_system_clock_is_the_machine_s():
    clock = SystemClock()
    before = time.time()
    now = clock.now()
    assert before <= now <= time.time()
    earlier = clock.monotonic()
    assert earlier <= clock.monotonic() <= time.monotonic()


def test_a_shifted_clock_is_the_machine_s_and_goes_ahead():
    clock = ShiftedClock()
    assert clock.now() <= time.time()
    later = clock.monotonic() + 2.5
    clock.advance(2.5)
    assert time.time() + 2.5 - 60 < clock.now() <= time.time() + 2.5
    assert later <= clock.monotonic() <= time.monotonic() + 2.5


def test_a_shifted_clock_never_goes_back():
    clock = ShiftedClock()
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-1)
    assert clock.ahead == 0
