"""Attribute values that are checked once, in advance.

A value may have a million parts, and its check takes a second. It can be made beforehand, in a
thread: the operation's own check then finds the outcome.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jedlik.base.errors import ServiceError


class CheckedValue(dict[str, Any]):
    """An attribute value that remembers how its checks ended, for each depth and limit."""

    __slots__ = ("_outcomes",)

    def __init__(self, value: dict[str, Any]) -> None:
        super().__init__(value)
        self._outcomes: dict[tuple[int, int], int | ServiceError] = {}

    def copy(self) -> CheckedValue:
        """A copy that remembers the same."""
        copied = CheckedValue(self)
        copied._outcomes = self._outcomes
        return copied

    @property
    def known_size(self) -> int | None:
        """The size that its checks found; None if none of them came to an end."""
        return next((size for size in self._outcomes.values() if isinstance(size, int)), None)

    def once(self, check: Callable[[dict[str, Any], int, int], int], depth: int, limit: int) -> int:
        """What `check` returns or raises for this value, a depth and a limit."""
        outcome = self._outcomes.get((depth, limit))
        if outcome is None:
            try:
                outcome = check(self, depth, limit)
            except ServiceError as error:
                outcome = error
            self._outcomes[depth, limit] = outcome
        if isinstance(outcome, ServiceError):
            raise outcome
        return outcome
