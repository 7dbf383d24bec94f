"""Plain JSON values and attribute values.

Numbers keep all their digits. What plain JSON has no types for is lost on the way out: binary
values become base64 text, sets become lists.
"""

from __future__ import annotations

import json
from typing import Any

from jedlik.values.attribute import AttributeValue, Item


def plain_json(value: AttributeValue) -> str:
    """An attribute value as JSON text."""
    ((kind, content),) = value.items()
    if kind == "N":
        return str(content)
    if kind in ("S", "B"):
        return json.dumps(content, ensure_ascii=False)
    if kind == "BOOL":
        return "true" if content else "false"
    if kind == "NULL":
        return "null"
    if kind == "M":
        return plain_item(content)
    element = {"SS": "S", "BS": "B", "NS": "N"}.get(kind)
    members = content if element is None else [{element: each} for each in content]
    return "[" + ",".join(map(plain_json, members)) + "]"


def plain_item(item: Item) -> str:
    """An item, or a map, as JSON text."""
    members = (
        f"{json.dumps(name, ensure_ascii=False)}:{plain_json(each)}" for name, each in item.items()
    )
    return "{" + ",".join(members) + "}"


class NumberText(str):
    """A number as it was written."""

    __slots__ = ()


def parsed(text: str | bytes) -> Any:
    """JSON with numbers as they were written. Raises ValueError."""
    return json.loads(text, parse_float=NumberText, parse_int=NumberText)


def attribute(value: Any) -> AttributeValue:
    """The attribute value of what `parsed` gives."""
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, NumberText):
        return {"N": str(value)}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, list):
        return {"L": [attribute(each) for each in value]}
    return {"M": {name: attribute(each) for name, each in value.items()}}
