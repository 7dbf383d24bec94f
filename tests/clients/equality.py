"""Answers in a canonical form, so that those of different clients can be compared."""

from __future__ import annotations

import json
from decimal import Context, Decimal
from typing import Any, Final

_ALL_DIGITS: Final = Context(prec=40)


def ordered(value: Any, unordered: bool = False) -> Any:
    """An answer with canonical numbers and sorted sets; lists are sorted too, if `unordered`."""
    if isinstance(value, dict):
        if value.keys() == {"N"}:  # clients spell numbers in their own ways
            return {"N": _number(value["N"])}
        if value.keys() == {"NS"}:
            return {"NS": sorted(map(_number, value["NS"]))}
        if value.keys() in ({"SS"}, {"BS"}):
            return {name: sorted(members) for name, members in value.items()}
        return {name: ordered(each, unordered) for name, each in value.items()}
    if isinstance(value, list):
        found = [ordered(each, unordered) for each in value]
        return sorted(found, key=_sort_key) if unordered else found
    return value


def _number(text: str) -> str:
    return str(Decimal(text).normalize(_ALL_DIGITS))


def _sort_key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
