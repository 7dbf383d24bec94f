"""What policies ask about a request, and where the answers come from.

The facts of a request are anything that a *source* can read. A source is asked once for each
condition key of a plan, and gives a function from the facts to the key's values. Keys that no
request changes (who the caller is, the resource's tags) it gives as `Fixed`: tests of them are
made when the plan is, and so are the policy variables that stand for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Facts = Any
Values = tuple[str, ...]

Get = Callable[[Facts], Values | None]
"""The values of one condition key; None if the request has no such key."""

Source = Callable[[str], Get]
"""Takes a condition key in lower case."""


class Fixed:
    """A key whose values are the same for all requests."""

    __slots__ = ("values",)

    def __init__(self, values: Values | None) -> None:
        self.values = values

    def __call__(self, _facts: Facts) -> Values | None:
        return self.values


def by_key(key: str) -> Get:
    """The source for facts that are themselves a function from keys to values."""
    return lambda facts: facts(key)


def by_lower_key(tags: Mapping[str, str]) -> dict[str, Values]:
    """The values of tags, or of what else has keys that policies do not tell apart by case."""
    found: dict[str, Values] = {}
    for key, value in tags.items():
        found[key.lower()] = (*found.get(key.lower(), ()), value)
    return found
