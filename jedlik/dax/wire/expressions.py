"""Expressions: DAX's clients parse them, and send trees; the service accepts texts.

A tree is written as the text from which it was parsed, except for placeholders and spaces: names
become #0, #1..., values :0, :1..., and equal trees give equal texts. So expressions have one
language and one compiler, with the errors and limits of the service, and the closure compiled from
a text serves all protocols (see `services.dynamodb.expressions.plans`).

    expression   [1, tree, [values]]; of a projection [1, [paths]]
    tree         [function, operands...]
    path         [18, name or tag 3324 (index)...]        value   [17, number in the list of values]
    update       an array of actions, [19, path, operand] and so on
"""

from __future__ import annotations

from typing import Any, Final

from jedlik.dax.wire.cbor import MalformedCbor, Reader, Tagged
from jedlik.dax.wire.values import read_value
from jedlik.values.attribute import AttributeValue

PathParts = tuple[str | int, ...]

_FORMAT: Final = 1
_LIST_INDEX: Final = 3324
_COMPARATORS: Final = {0: "=", 1: "<>", 2: "<", 3: ">=", 4: ">", 5: "<="}
_AND, _OR, _NOT, _BETWEEN, _IN = 6, 7, 8, 9, 10
_VALUE, _PATH = 17, 18
_FUNCTIONS: Final = {
    11: "attribute_exists", 12: "attribute_not_exists", 13: "attribute_type", 14: "begins_with",
    15: "contains", 16: "size", 23: "if_not_exists", 24: "list_append",
}  # fmt: skip
_ARITHMETIC: Final = {25: "+", 26: "-"}
_ACTIONS: Final = {19: "SET", 20: "ADD", 21: "DELETE", 22: "REMOVE"}


class ExpressionWriter:
    """Writes the trees of one request, or of one part of a batch or transaction.

    `names` and `values` are its ExpressionAttributeNames and ExpressionAttributeValues, filled as
    trees are written. Every method raises `MalformedCbor` if the bytes are not such an expression.
    """

    def __init__(self) -> None:
        self._placeholders: dict[str, str] = {}
        self.values: dict[str, AttributeValue] = {}

    @property
    def names(self) -> dict[str, str]:
        """The names of the placeholders."""
        return {placeholder: name for name, placeholder in self._placeholders.items()}

    def condition(self, data: bytes) -> str:
        """The text of a condition, filter or key condition."""
        tree, values = self._read(data)
        text = _TreeText(self, values)
        text.condition(tree)
        return str(text)

    def update(self, data: bytes) -> str:
        """The text of an update."""
        actions, values = self._read(data)
        sections: dict[str, list[str]] = {}
        for action in _node_list(actions):
            function, operands = _node(action)
            section = _ACTIONS.get(function)
            if section is None or len(operands) != (1 if section == "REMOVE" else 2):
                raise MalformedCbor("an update has an unknown action")
            text = _TreeText(self, values)
            text.add(self.path(operands[0]))
            if section != "REMOVE":
                text.add(" = " if section == "SET" else " ")
                text.operand(operands[1])
            sections.setdefault(section, []).append(str(text))
        return " ".join(f"{section} {', '.join(each)}" for section, each in sections.items())

    def projection(self, paths: list[PathParts]) -> str:
        """The text of a projection of these paths."""
        return ", ".join(self._path_text(parts) for parts in paths)

    def _read(self, data: bytes) -> tuple[Any, list[str]]:
        """The tree, and the placeholders of the values in it."""
        reader = Reader(data)
        if reader.array_length() != 3 or reader.integer() != _FORMAT:
            raise MalformedCbor("an expression is in a form that is not known")
        tree = reader.value()
        left, placeholders = reader.array_length(), []
        while reader.more(left):
            placeholder = f":{len(self.values)}"
            self.values[placeholder] = read_value(reader)
            placeholders.append(placeholder)
            left -= left > 0
        return tree, placeholders

    def path(self, tree: Any) -> str:
        """The text of a path."""
        return self._path_text(path_of(tree))

    def _path_text(self, parts: PathParts) -> str:
        text = ""
        for part in parts:
            if isinstance(part, int):
                text += f"[{part}]"
            else:
                known = self._placeholders
                placeholder = known.setdefault(part, f"#{len(known)}")
                text += f".{placeholder}" if text else placeholder
        return text


class _TreeText:
    """The text of one tree, written piece by piece.

    A tree may be as deep as `cbor.MAX_DEPTH`, and the interpreter's stack has room for two calls a
    level. So the methods call each other from plain loops: a comprehension is a call of its own.
    """

    def __init__(self, writer: ExpressionWriter, values: list[str]) -> None:
        """`values` are the placeholders of the tree's values."""
        self._writer = writer
        self._values = values
        self._pieces: list[str] = []
        self.add = self._pieces.append

    def __str__(self) -> str:
        return "".join(self._pieces)

    def condition(self, tree: Any) -> None:
        """Write a condition."""
        function, operands = _node(tree)
        if function in _COMPARATORS:
            left, right = _exactly(2, operands)
            self.operand(left)
            self.add(f" {_COMPARATORS[function]} ")
            self.operand(right)
        elif function in (_AND, _OR):
            for number, part in enumerate(_chained(function, tree)):
                if number:
                    self.add(" AND " if function == _AND else " OR ")
                self._part(part)
        elif function == _NOT:
            (part,) = _exactly(1, operands)
            self.add("NOT ")
            self._part(part)
        elif function == _BETWEEN:
            operand, low, high = _exactly(3, operands)
            self.operand(operand)
            self.add(" BETWEEN ")
            self.operand(low)
            self.add(" AND ")
            self.operand(high)
        elif function == _IN:
            operand, options = _exactly(2, operands)
            self.operand(operand)
            self.add(" IN ")
            self._list(_node_list(options))
        else:
            self.add(_function_name(function))
            self._list(operands)

    def _part(self, tree: Any) -> None:
        """Write a condition within another one."""
        if _node(tree)[0] in (_AND, _OR, _NOT):
            self.add("(")
            self.condition(tree)
            self.add(")")
        else:
            self.condition(tree)

    def operand(self, tree: Any) -> None:
        """Write an operand."""
        function, operands = _node(tree)
        if function == _PATH:
            self.add(self._writer.path(tree))
        elif function == _VALUE:
            (number,) = _exactly(1, operands)
            if type(number) is not int or not 0 <= number < len(self._values):
                raise MalformedCbor("an expression names a value that it does not have")
            self.add(self._values[number])
        elif function in _ARITHMETIC:
            left, right = _exactly(2, operands)
            self.operand(left)
            self.add(f" {_ARITHMETIC[function]} ")
            self.operand(right)
        else:
            self.add(_function_name(function))
            self._list(operands)

    def _list(self, operands: list[Any]) -> None:
        """Write operands in parentheses."""
        self.add("(")
        for number, each in enumerate(operands):
            if number:
                self.add(", ")
            self.operand(each)
        self.add(")")


def projection_paths(data: bytes) -> list[PathParts]:
    """The paths of a projection. Raises `MalformedCbor`."""
    reader = Reader(data)
    if reader.array_length() != 2 or reader.integer() != _FORMAT:
        raise MalformedCbor("a projection is in a form that is not known")
    return [path_of(each) for each in _node_list(reader.value())]


def path_of(tree: Any) -> PathParts:
    """The parts of a document path."""
    function, parts = _node(tree)
    if function != _PATH or not parts:
        raise MalformedCbor("a path is missing")
    return tuple(_path_part(part, first=number == 0) for number, part in enumerate(parts))


def _path_part(part: Any, *, first: bool) -> str | int:
    if isinstance(part, str):
        return part
    if (
        isinstance(part, Tagged)
        and part.tag == _LIST_INDEX
        and type(part.content) is int
        and part.content >= 0
        and not first
    ):
        return part.content
    raise MalformedCbor("a path has a part that is neither a name nor an index")


def values_at(item: dict[str, AttributeValue], paths: list[PathParts]) -> dict[int, AttributeValue]:
    """The values at paths in an item, by the paths' numbers; missing ones are left out."""
    found = {}
    for number, parts in enumerate(paths):
        value: AttributeValue = {"M": item}
        for part in parts:
            following = _step(value, part)
            if following is None:
                break
            value = following
        else:
            found[number] = value
    return found


def _step(value: AttributeValue, part: str | int) -> AttributeValue | None:
    """The member or element of a document; None if it has none, or is no such document."""
    found: AttributeValue | None
    if isinstance(part, str):
        found = (value.get("M") or {}).get(part)
    else:
        elements = value.get("L") or []
        found = elements[part] if part < len(elements) else None
    return found


def _node(tree: Any) -> tuple[Any, list[Any]]:
    if not isinstance(tree, list) or not tree or type(tree[0]) is not int:
        raise MalformedCbor("an expression has a malformed part")
    return tree[0], tree[1:]


def _node_list(tree: Any) -> list[Any]:
    if not isinstance(tree, list):
        raise MalformedCbor("an expression has a malformed part")
    return tree


def _function_name(function: Any) -> str:
    name = _FUNCTIONS.get(function)
    if name is None:
        raise MalformedCbor("an expression has a function that is not known")
    return name


def _exactly(count: int, operands: list[Any]) -> list[Any]:
    if len(operands) != count:
        raise MalformedCbor("a function has too few operands or too many")
    return operands


def _chained(function: int, tree: Any) -> list[Any]:
    """The parts of `a AND b AND c`, which is a tree that leans to one side."""
    parts: list[Any] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        found, operands = _node(node)
        if found != function:
            parts.append(node)
            continue
        waiting += reversed(_exactly(2, operands))
    return parts
