"""Plain JSON values and attribute values.

Numbers keep all their digits. Types that plain JSON does not have are lost: binary values become
base64 text, sets become lists.
"""

from __future__ import annotations

import json
from typing import Any, Final

from jedlik.base.limits import MAX_NESTING_DEPTH
from jedlik.values.attribute import AttributeValue, Item

TOO_DEEP: Final = "it is nested too deeply"


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
    """A number in its original spelling."""

    __slots__ = ()


def parsed(text: str | bytes) -> Any:
    """JSON with numbers in their original spelling. Raises ValueError."""
    try:
        found = json.loads(
            text, parse_float=NumberText, parse_int=NumberText, parse_constant=_no_constant
        )
        if (b"\\u" if isinstance(text, bytes) else "\\u") in text:  # type: ignore[operator]
            json.dumps(found, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        raise ValueError(f"{half!a} is half a character, which no text has") from None
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def attribute(value: Any, level: int = 1) -> AttributeValue:
    """The attribute value of a result of `parsed`; `level` is its nesting level in an item.

    Raises ValueError if it is nested deeper than an item may be.
    """
    if level > MAX_NESTING_DEPTH:
        raise ValueError(TOO_DEEP)
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, NumberText):
        return {"N": str(value)}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, list):
        return {"L": [attribute(each, level + 1) for each in value]}
    return {"M": {name: attribute(each, level + 1) for name, each in value.items()}}
