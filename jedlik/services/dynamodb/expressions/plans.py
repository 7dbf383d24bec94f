"""Caches of parsed texts and their plans.

Applications send a few texts over and over, and rarely change the meaning of placeholders. A text
is kept with its tree, and with its plans by the meaning of its names. The cache is limited by its
memory: trees and plans are some fifty times as large as their text, and a plan also has the names
that it was made for. The oldest texts make room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Generic, TypeVar

from jedlik.base.bounded_cache import BoundedCache
from jedlik.services.dynamodb.expressions.parsing.syntax import Path, Value

MAX_BYTES: Final = 24 * 1024 * 1024
"""Bytes of the cache of one kind of expressions."""

PLAN_SIZE: Final = 48
"""Bytes of a tree or a plan for each character of its text, as measured."""

MAX_PLANS_OF_A_TEXT: Final = 64

_NAME_SIZE: Final = 64
"""Bytes of a Python string besides its characters, which have up to four each."""

TreeT = TypeVar("TreeT")
PlanT = TypeVar("PlanT")


class Parsed(Generic[TreeT, PlanT]):
    """A tree, its placeholders, and its plans."""

    __slots__ = ("_order", "names", "plans", "tree", "values")

    def __init__(self, tree: TreeT, leaves: Iterable[Path | Value]) -> None:
        names: dict[str, None] = {}
        values: set[str] = set()
        for leaf in leaves:
            if isinstance(leaf, Value):
                values.add(leaf.name)
            else:
                names.update(
                    (part, None) for part in leaf.parts if isinstance(part, str) and part[0] == "#"
                )
        self.tree = tree
        self.names = frozenset(names)
        self.values = frozenset(values)
        self.plans: dict[tuple[str | None, ...], PlanT] = {}
        self._order = tuple(names)

    def key(self, names: Mapping[str, str]) -> tuple[str | None, ...]:
        """The meaning of the names in the text."""
        order = self._order
        return tuple(map(names.get, order)) if order else ()


class ParsedTexts(Generic[TreeT, PlanT]):
    """The parsed texts of one kind."""

    __slots__ = ("_parse", "_texts")

    def __init__(self, parse: Callable[[str, str], Parsed[TreeT, PlanT]]) -> None:
        """`parse` takes a text and its member of the request, and raises the errors of its
        syntax."""
        self._parse = parse
        self._texts: BoundedCache[str, Parsed[TreeT, PlanT]] = BoundedCache(MAX_BYTES)

    def get(self, text: str, parameter: str) -> Parsed[TreeT, PlanT]:
        """A text's tree, from the cache or parsed now."""
        parsed = self._texts.get(text)
        if parsed is None:
            parsed = self._texts.put(text, self._parse(text, parameter), PLAN_SIZE * len(text))
        return parsed

    def keep(self, text: str, key: tuple[str | None, ...], plan: PlanT) -> PlanT:
        """Keep a plan of a text for later requests."""
        parsed = self._texts.get(text)
        if parsed is None:
            return plan
        plans = parsed.plans
        added = 0 if key in plans else _weight(text, key)
        if key not in plans and len(plans) >= MAX_PLANS_OF_A_TEXT:
            oldest = next(iter(plans))
            del plans[oldest]
            added -= _weight(text, oldest)
        plans[key] = plan
        self._texts.grow(text, added)
        return plan


def _weight(text: str, key: tuple[str | None, ...]) -> int:
    """Bytes of a plan with its key. Names in the plan and in the key are the same objects."""
    return PLAN_SIZE * len(text) + sum(_NAME_SIZE + 4 * len(name or "") for name in key)
