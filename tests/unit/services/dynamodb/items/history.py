"""Histories of concurrent operations, and whether they are strictly serializable.

A history is what clients saw: when each operation was called and answered (counted in events), and
with what. It is right if the operations can be put into one order that never swaps two of which one
was answered before the other was called, such that a plain dict gives the same answers. That is
strict serializability, and for single keys linearizability. The search is Wing and Gong's with
Lowe's memory of states that were tried.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

State = tuple[int | None, ...]
"""The value of each key; None: no item."""

Step = Callable[[State], tuple[State, Any]]
"""What an operation makes of a state, and what it answers."""

UNKNOWN = object()
"""The answer of an operation of which the client does not know whether it took place."""


@dataclass(frozen=True, slots=True)
class Call:
    """One operation as its client saw it; `end` is infinite where no answer came."""

    name: str
    step: Step
    start: float
    end: float
    answer: Any


def is_serializable(history: Sequence[Call], state: State) -> bool:
    """Whether the history can be explained, beginning with `state`."""
    tried: set[tuple[frozenset[int], State]] = set()

    def search(left: frozenset[int], state: State) -> bool:
        if all(history[number].answer is UNKNOWN for number in left):
            return True
        if (left, state) in tried:
            return False
        tried.add((left, state))
        deadline = min((history[number].end for number in left), default=math.inf)
        for number in left:
            call = history[number]
            if call.start > deadline:
                continue
            after, answer = call.step(state)
            if (call.answer is UNKNOWN or answer == call.answer) and search(left - {number}, after):
                return True
        return False

    return search(frozenset(range(len(history))), state)
