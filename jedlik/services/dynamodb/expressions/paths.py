"""Document paths: reading one from an item, and sets of paths that must not meet.

A path is a tuple: first an attribute name, then names in maps and indexes into lists. Several paths
of one expression form a tree, in which two of them may overlap (one leads through the other) or
conflict (one needs a map where the other needs a list).

Developer guide, "Referring to item attributes when using expressions".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from jedlik.services.dynamodb.expressions.parsing.lexer import invalid
from jedlik.services.dynamodb.expressions.parsing.syntax import Parts
from jedlik.values.attribute import AttributeValue, Item

Values = Mapping[str, AttributeValue]
"""ExpressionAttributeValues."""

Getter = Callable[[Item, Values], AttributeValue | None]
"""The value of an operand in an item; None if missing."""

PayloadT = TypeVar("PayloadT")


def show(path: Parts) -> str:
    """A path as in the service's errors: `[a, b, [0]]`."""
    return f"[{', '.join(f'[{part}]' if isinstance(part, int) else part for part in path)}]"


def resolve(path: Parts, names: Mapping[str, str]) -> Parts:
    """The path with its placeholders replaced; all of them are in `names`."""
    return tuple(names[part] if isinstance(part, str) and part[0] == "#" else part for part in path)


def attributes_led_into(paths: Iterable[Parts], names: Mapping[str, str]) -> tuple[str, ...]:
    """The top-level attributes that paths lead into, by the name of a member or an index."""
    return tuple(dict.fromkeys(str(resolve(path[:1], names)[0]) for path in paths if len(path) > 1))


def getter(path: Parts) -> Getter:
    """Reads the value at a path."""
    first, *rest = path
    assert isinstance(first, str)
    name: str = first
    if not rest:
        return lambda item, _values: item.get(name)
    if len(rest) == 1 and isinstance(rest[0], str):
        inner: str = rest[0]

        def get_member(item: Item, _values: Values) -> AttributeValue | None:
            value = item.get(name)
            if value is None or "M" not in value:
                return None
            member: AttributeValue | None = value["M"].get(inner)
            return member

        return get_member

    def get(item: Item, _values: Values) -> AttributeValue | None:
        value = item.get(name)
        for part in rest:
            if value is None:
                return None
            if isinstance(part, str):
                members = value.get("M")
                value = None if members is None else members.get(part)
            else:
                elements = value.get("L")
                value = elements[part] if elements is not None and part < len(elements) else None
        return value

    return get


class PathTree(Generic[PayloadT]):
    """Paths, each with a payload; no two of them overlap or conflict. `root` are nested dicts by
    the parts of the paths, with the payloads at their ends."""

    __slots__ = ("root",)

    def __init__(self) -> None:
        self.root: dict[str | int, Any] = {}

    def insert(self, path: Parts, payload: PayloadT) -> bool:
        """Add a path; returns False if it overlaps or conflicts with another one."""
        node = self.root
        for part in path[:-1]:
            if not _fits(node, part):
                return False
            child = node.setdefault(part, {})
            if type(child) is not dict:
                return False
            node = child
        last = path[-1]
        if not _fits(node, last) or last in node:
            return False
        node[last] = payload
        return True


def _fits(node: dict[str | int, Any], part: str | int) -> bool:
    return not node or type(next(iter(node))) is type(part)


def path_tree(paths: Iterable[tuple[Parts, PayloadT]], parameter: str) -> PathTree[PayloadT]:
    """The tree of some paths; raises ValidationException if two of them overlap or conflict."""
    tree = PathTree[PayloadT]()
    pairs = list(paths)
    for place, (path, payload) in enumerate(pairs):
        if not tree.insert(path, payload):
            raise invalid(parameter, _clash([path for path, _ in pairs], place))
    return tree


def _clash(paths: Sequence[Parts], place: int) -> str:
    """The error for paths of which the one at `place` is the first that clashes with one before it.

    The service names paths that overlap rather than paths that conflict, wherever they are
    (dynalite, `test/updateItem.js` and `test/getItem.js`).
    """
    overlapping = _first_overlapping(paths)
    if overlapping is not None:
        place = overlapping
    path = paths[place]
    for other in paths[:place]:
        relation = _relation(other, path)
        if relation == "overlap" or (relation and overlapping is None):
            return (
                f"Two document paths {relation} with each other; must remove or rewrite one of "
                f"these paths; path one: {show(other)}, path two: {show(path)}"
            )
    raise AssertionError("a path clashed with none of the others")


def _relation(one: Parts, other: Parts) -> str:
    for mine, theirs in zip(one, other, strict=False):
        if type(mine) is not type(theirs):
            return "conflict"
        if mine != theirs:
            return ""
    return "overlap"


def _first_overlapping(paths: Sequence[Parts]) -> int | None:
    """The place of the first path that overlaps with one before it."""
    ends: set[Parts] = set()
    passed: set[Parts] = set()
    for place, path in enumerate(paths):
        prefixes = [path[:length] for length in range(1, len(path) + 1)]
        if path in passed or not ends.isdisjoint(prefixes):
            return place
        ends.add(path)
        passed.update(prefixes)
    return None
