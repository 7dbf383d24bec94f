"""Caches: texts that were parsed, and the plans made of them.

Applications send a handful of texts over and over and change the placeholders' meaning rarely. A
text is kept with its tree; under it stand the plans, by what the names in it stood for. Both levels
are bounded and drop what came first, so that nothing a client sends makes the server grow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

from jedlik.expressions.syntax import Path, Value

MAX_TEXTS = 2048
MAX_PLANS_OF_A_TEXT = 64

TreeT = TypeVar("TreeT")
PlanT = TypeVar("PlanT")


class Parsed(Generic[TreeT, PlanT]):
    """A tree, the placeholders in it, and the plans made of it."""

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
        """What the names in the text stand for."""
        order = self._order
        return tuple(map(names.get, order)) if order else ()

    def keep(self, key: tuple[str | None, ...], plan: PlanT) -> PlanT:
        """Keep a plan for the next request."""
        plans = self.plans
        if len(plans) >= MAX_PLANS_OF_A_TEXT:
            del plans[next(iter(plans))]
        plans[key] = plan
        return plan


class ParsedTexts(Generic[TreeT, PlanT]):
    """Texts of one kind that were parsed."""

    __slots__ = ("_parse", "_texts")

    def __init__(self, parse: Callable[[str, str], Parsed[TreeT, PlanT]]) -> None:
        """`parse` takes a text and the name of the request's member, and raises what is wrong."""
        self._parse = parse
        self._texts: dict[str, Parsed[TreeT, PlanT]] = {}

    def get(self, text: str, parameter: str) -> Parsed[TreeT, PlanT]:
        """A text's tree, from the cache or by parsing."""
        parsed = self._texts.get(text)
        if parsed is None:
            parsed = self._parse(text, parameter)
            texts = self._texts
            if len(texts) >= MAX_TEXTS:
                del texts[next(iter(texts))]
            texts[text] = parsed
        return parsed
