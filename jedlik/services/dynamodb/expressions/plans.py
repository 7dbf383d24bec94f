"""Caches: texts that were parsed, and the plans made of them.

Applications send a handful of texts over and over and change the placeholders' meaning rarely. A
text is kept with its tree; under it stand the plans, by what the names in it stood for. Trees and
plans are some fifty times as large as their text, so what bounds the cache is the length of the
text, counted once for the tree and once for each plan. The texts that came first make room; nothing
a client sends makes the server grow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Generic, TypeVar

from jedlik.services.dynamodb.expressions.syntax import Path, Value

MAX_WEIGHT: Final = 512 * 1024
"""Characters that a cache of one kind of expressions may stand for."""

MAX_PLANS_OF_A_TEXT: Final = 64

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


class ParsedTexts(Generic[TreeT, PlanT]):
    """Texts of one kind that were parsed."""

    __slots__ = ("_parse", "_texts", "_weight")

    def __init__(self, parse: Callable[[str, str], Parsed[TreeT, PlanT]]) -> None:
        """`parse` takes a text and the name of the request's member, and raises what is wrong."""
        self._parse = parse
        self._texts: dict[str, Parsed[TreeT, PlanT]] = {}
        self._weight = 0

    def get(self, text: str, parameter: str) -> Parsed[TreeT, PlanT]:
        """A text's tree, from the cache or by parsing."""
        parsed = self._texts.get(text)
        if parsed is None:
            parsed = self._texts[text] = self._parse(text, parameter)
            self._weigh(len(text))
        return parsed

    def keep(self, text: str, key: tuple[str | None, ...], plan: PlanT) -> PlanT:
        """Keep a plan of a text for the next request."""
        parsed = self._texts.get(text)
        if parsed is None:
            return plan
        plans = parsed.plans
        added = len(text)
        if key in plans:
            added = 0
        elif len(plans) >= MAX_PLANS_OF_A_TEXT:
            del plans[next(iter(plans))]
            added = 0
        plans[key] = plan
        self._weigh(added)
        return plan

    def _weigh(self, added: int) -> None:
        self._weight += added
        texts = self._texts
        while self._weight > MAX_WEIGHT:
            oldest = next(iter(texts))
            self._weight -= len(oldest) * (1 + len(texts.pop(oldest).plans))
