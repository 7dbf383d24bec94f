"""Projections: from a text, or a list of attributes, to the part of an item that they keep.

Paths into one map or list are combined: `a.b, a.c` gives one map with two members, and elements of
a list stay in order without gaps (developer guide, "Using projection expressions in DynamoDB").
Missing values are left out, together with the maps and lists around them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.operand_checks import check_defined
from jedlik.services.dynamodb.expressions.parsing.projection_grammar import ProjectionGrammar
from jedlik.services.dynamodb.expressions.parsing.syntax import Path
from jedlik.services.dynamodb.expressions.paths import path_tree, resolve
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.expressions.plans import Parsed, ParsedTexts
from jedlik.values.attribute import AttributeValue, Item

Pick = Callable[[AttributeValue], AttributeValue | None]
"""Returns the kept part of a value; None if there is no such part."""

PROJECTION = "ProjectionExpression"

_NO_NAMES: frozenset[str] = frozenset()
_NO_VALUES: frozenset[str] = frozenset()

_FEW = 64
"""Up to this many attributes are looked up in an item one by one, however small it is."""


class Projection:
    """The part of an item to keep. `top_level` are its attributes, `names` and `values` the
    placeholders that it uses."""

    __slots__ = ("_picks", "_whole", "_whole_set", "names", "top_level")

    def __init__(self, tree: Mapping[str | int, Any], names: frozenset[str]) -> None:
        """`tree` are nested dicts by the parts of the paths; any other value ends a path."""
        self.names = names
        self.top_level = tuple(str(name) for name in tree)
        self._whole = tuple(str(name) for name, node in tree.items() if type(node) is not dict)
        self._whole_set = _NO_NAMES
        self._picks = [
            (str(name), _pick(node)) for name, node in tree.items() if type(node) is dict
        ]

    @property
    def led_into(self) -> tuple[str, ...]:
        """The attributes that a path leads into."""
        return tuple(name for name, _ in self._picks)

    @classmethod
    def of_attributes(cls, names: Sequence[str], distinct: frozenset[str]) -> Projection:
        """The projection of whole attributes, all different; there may be a million of them."""
        made = cls({}, _NO_NAMES)
        made.top_level = made._whole = tuple(names)
        if len(names) > _FEW:
            made._whole_set = distinct
        return made

    def apply(self, item: Item) -> Item:
        """A new item with the values at the paths, which are shared with the old one."""
        if len(item) < len(self._whole_set):
            left = {name: item[name] for name in item if name in self._whole_set}
        else:
            left = {name: item[name] for name in self._whole if name in item}
        for name, pick in self._picks:
            value = item.get(name)
            if value is not None:
                value = pick(value)
                if value is not None:
                    left[name] = value
        return left


def _pick(tree: dict[str | int, Any]) -> Pick:
    if type(next(iter(tree))) is int:
        return _pick_elements(tree)
    return _pick_members(tree)


def _pick_members(tree: dict[str | int, Any]) -> Pick:
    inner = Projection(tree, _NO_NAMES)

    def pick(value: AttributeValue) -> AttributeValue | None:
        members = value.get("M")
        left = inner.apply(members) if members else None
        return {"M": left} if left else None

    return pick


def _pick_elements(tree: dict[str | int, Any]) -> Pick:
    steps = [
        (index, _pick(node) if type(node) is dict else None)
        for index, node in sorted(tree.items(), key=lambda pair: int(pair[0]))
    ]

    def pick(value: AttributeValue) -> AttributeValue | None:
        elements = value.get("L")
        if not elements:
            return None
        left = []
        for index, inner in steps:
            if int(index) >= len(elements):
                break
            element = elements[index] if inner is None else inner(elements[index])
            if element is not None:
                left.append(element)
        return {"L": left} if left else None

    return pick


def _parse(text: str, parameter: str) -> Parsed[Sequence[Path], Projection]:
    paths = ProjectionGrammar(text, parameter).parse()
    return Parsed(paths, paths)


_texts = ParsedTexts(_parse)


def compile_projection(text: str, placeholders: Placeholders) -> Projection:
    """Compile a ProjectionExpression. Raises ValidationException."""
    known: Projection | None = placeholders.plans.get(PROJECTION)
    if known is not None:
        return known
    parsed = _texts.get(text, PROJECTION)
    key = parsed.key(placeholders.names)
    projection = parsed.plans.get(key)
    if projection is None:
        for path in parsed.tree:
            check_defined(path, PROJECTION, placeholders.names, placeholders.values)
        paths = [(resolve(path.parts, placeholders.names), None) for path in parsed.tree]
        tree = path_tree(paths, PROJECTION)
        projection = _texts.keep(text, key, Projection(tree.root, parsed.names))
    placeholders.note_used(projection.names, _NO_VALUES)
    placeholders.plans[PROJECTION] = projection
    return projection


def project_attributes(names: Sequence[str]) -> Projection:
    """The projection of AttributesToGet: whole attributes.

    Raises ValidationException if a name comes twice (API reference, "GetItem").
    """
    distinct = frozenset(names)
    if len(distinct) < len(names):
        raise ValidationException.of_values(
            f"Duplicate value in attribute name: {_first_repeated(names)}"
        )
    return Projection.of_attributes(names, distinct)


def _first_repeated(names: Iterable[str]) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    raise AssertionError("no name comes twice")


def project_paths(tree: Mapping[str | int, Any]) -> Callable[[Item], Item]:
    """A function that keeps only the paths of a tree in an item."""
    return Projection(tree, _NO_NAMES).apply


__all__ = ["Projection", "compile_projection", "project_attributes", "project_paths"]
