"""Attribute values as Ion text (amazon-ion.github.io, "Text Encoding").

Developer guide, "DynamoDB table export output format": numbers are decimals, binary values blobs,
sets are lists with the annotation $dynamodb_SS, $dynamodb_NS or $dynamodb_BS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import orjson

from jedlik.values.attribute import AttributeValue

LINE_START: Final = b"$ion_1_0 "
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*|\$[A-Za-z_$][A-Za-z0-9_$]*").fullmatch
_KEYWORDS: Final = frozenset(("null", "true", "false", "nan"))
_MAX_ZEROS: Final = 6
"""Zeros after the point before a number is written with an exponent."""


def ion_struct(members: Mapping[str, str]) -> str:
    """A struct of members that are Ion text already."""
    return "{" + ",".join(f"{_name(name)}:{value}" for name, value in members.items()) + "}"


def ion_item(item: Mapping[str, AttributeValue]) -> str:
    """An item or a map."""
    return ion_struct({name: ion_value(value) for name, value in item.items()})


def ion_value(value: AttributeValue) -> str:
    """One attribute value."""
    ((kind, content),) = value.items()
    text: str = _FORMS[kind](content)
    return text


def _name(name: str) -> str:
    if _PLAIN_NAME(name) and name not in _KEYWORDS:
        return name
    inner = _string(name)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{inner}'"


def _string(text: str) -> str:
    return orjson.dumps(text).decode()


def _decimal(text: str) -> str:
    # Not normalize(): that rounds to 28 digits, and numbers here have 38.
    sign, digits, exponent = Decimal(text).as_tuple()
    assert isinstance(exponent, int)
    written = "".join(map(str, digits))
    whole = written.rstrip("0")
    exponent += len(written) - len(whole)
    if not whole:
        return "0."
    minus = "-" if sign else ""
    if exponent == 0:
        return f"{minus}{whole}."
    if exponent > 0 or exponent + len(digits) < -_MAX_ZEROS:
        return f"{minus}{whole}d{exponent}"
    padded = whole.rjust(1 - exponent, "0")
    return f"{minus}{padded[:exponent]}.{padded[exponent:]}"


def _blob(content: str) -> str:
    return "{{" + content + "}}"


def _null(_content: Any) -> str:
    return "null"


def _boolean(content: bool) -> str:
    return "true" if content else "false"


def _list(content: list[AttributeValue]) -> str:
    return "[" + ",".join(map(ion_value, content)) + "]"


def _set(kind: str, form: Any) -> Any:
    def write(content: list[str]) -> str:
        return f"$dynamodb_{kind}::[" + ",".join(map(form, content)) + "]"

    return write


_FORMS: Final[dict[str, Any]] = {
    "S": _string,
    "N": _decimal,
    "B": _blob,
    "BOOL": _boolean,
    "NULL": _null,
    "L": _list,
    "M": ion_item,
    "SS": _set("SS", _string),
    "NS": _set("NS", _decimal),
    "BS": _set("BS", _blob),
}
