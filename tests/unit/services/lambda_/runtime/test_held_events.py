"""The number of events held for functions."""

from __future__ import annotations

import pytest

from jedlik.services.lambda_.errors import TooManyRequestsException
from jedlik.services.lambda_.runtime.held_events import HeldEvents


def test_events_are_held_up_to_a_number() -> None:
    held = HeldEvents(2, 100)
    held.take(1)
    held.take(2)
    with pytest.raises(TooManyRequestsException) as refused:
        held.take(0)
    assert refused.value.body() == {
        "Type": "User", "message": "Rate Exceeded.", "Reason": "ConcurrentInvocationLimitExceeded",
    }  # fmt: skip
    held.give_back(1)
    held.take(3)


def test_events_are_held_up_to_a_number_of_bytes() -> None:
    held = HeldEvents(10, 100)
    held.take(60)
    with pytest.raises(TooManyRequestsException):
        held.take(41)
    held.take(40)
    held.give_back(60)
    held.take(60)
