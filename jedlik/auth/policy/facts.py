"""The values of condition keys, and their sources.

The facts of a request are anything that a *source* can read. A source is called once for each
condition key of a plan, and returns a function from the facts to the key's values. Keys that are
the same for all requests (the caller's name, the resource's tags) are returned as `Fixed`: their
tests, and policy variables with their values, are evaluated when the plan is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Facts = Any
Values = tuple[str, ...]

Get = Callable[[Facts], Values | None]
"""The values of one condition key; None if the request has no such key."""

Source = Callable[[str], Get]
"""Called with a condition key in lower case."""


class Fixed:
    """A key whose values are the same for all requests."""

    __slots__ = ("values",)

    def __init__(self, values: Values | None) -> None:
        self.values = values

    def __call__(self, _facts: Facts) -> Values | None:
        return self.values


def by_key(key: str) -> Get:
    """The source for facts that are a function from keys to values."""
    return lambda facts: facts(key)


def by_lower_key(tags: Mapping[str, str]) -> dict[str, Values]:
    """The values of tags, or of other keys whose case policies ignore."""
    found: dict[str, list[str]] = {}
    for key, value in tags.items():
        found.setdefault(key.lower(), []).append(value)
    return {key: tuple(values) for key, values in found.items()}
