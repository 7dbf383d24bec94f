"""Possible improvements of a read: `--explain`.

A hint names the request's wasted cost and, if the table has one, the index that would avoid it. It
depends on the answer, so that a Scan of ten items gets no hint.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from jedlik.request_log.facts import Facts

FEW: Final = 10
"""Reads of fewer items than this get no hint."""
_MAX_DROPPED_SHARE: Final = 0.5
"""A filter that drops more of a page than this share is worth a hint."""

_EQUALS: Final = re.compile(r"(?<![\w.#-])([#A-Za-z_][\w.#-]*+)\s*+=\s*:").findall
_NAMED: Final = re.compile(r"[#A-Za-z_][\w#-]*").findall


class Keys(NamedTuple):
    """A table or an index with the names of its key attributes; the table has no
    `index_name`."""

    index_name: str
    partition: tuple[str, ...]
    sort: tuple[str, ...]


KeysOf = Callable[[str], list[Keys]]
"""The keys of a table and of its indexes; empty if the table is not known."""


class Hints:
    """Explains requests by the keys of their tables."""

    def __init__(self, keys_of: KeysOf) -> None:
        self._keys_of = keys_of

    def __call__(self, facts: Facts, answer: dict[str, Any]) -> str | None:
        """The hint for a request with this answer; None if it needs none."""
        if facts.operation not in ("Query", "Scan"):
            return None
        scanned, count = answer.get("ScannedCount"), answer.get("Count")
        if not isinstance(scanned, int) or not isinstance(count, int) or scanned < FEW:
            return None
        said = []
        dropped = scanned - count
        if facts.operation == "Scan" and "IndexName" not in facts.payload:
            more = " and goes on" if "LastEvaluatedKey" in answer else ""
            said.append(f"this Scan read {scanned} items of the whole table{more}")
        if dropped > scanned * _MAX_DROPPED_SHARE:
            said.append(f"its filter dropped {dropped} of {scanned} items, which were paid for")
        if not said:
            return None
        return "; ".join([*said, self._remedy(facts)])

    def _remedy(self, facts: Facts) -> str:
        used = facts.payload.get("IndexName", "")
        equal, named = _attributes(facts.payload)
        keys = [keys for table in facts.tables for keys in self._keys_of(table)]
        for each in keys:
            if (each.index_name != used or facts.operation == "Scan") and equal.issuperset(
                each.partition
            ):
                where = f"index {each.index_name} has" if each.index_name else "the table has"
                return f"{where} {' and '.join(each.partition)} as partition key: Query it"
        queried = _key_attributes(facts.payload)
        for each in keys:
            if each.index_name != used and queried & {*each.partition} and named & {*each.sort}:
                return (
                    f"index {each.index_name} has {' and '.join(each.sort)} as sort key: Query it"
                )
        if facts.operation == "Scan":
            return "a Query by a partition key, the table's or an index's, reads only what it needs"
        return "an index with what is filtered by as a key would not read them"


def _attributes(payload: dict[str, Any]) -> tuple[set[str], set[str]]:
    """The attributes that a filter compares with a value by `=`, and all that it names."""
    text = payload.get("FilterExpression")
    if isinstance(text, str):
        return set(_real(payload, _EQUALS(text))), set(_real(payload, _NAMED(text)))
    older = payload.get("ScanFilter") or payload.get("QueryFilter") or {}
    if not isinstance(older, dict):
        return set(), set()
    equal = {
        name for name, condition in older.items()
        if isinstance(condition, dict) and condition.get("ComparisonOperator") == "EQ"
    }  # fmt: skip
    return equal, set(older)


def _key_attributes(payload: dict[str, Any]) -> set[str]:
    text = payload.get("KeyConditionExpression")
    if isinstance(text, str):
        return set(_real(payload, _NAMED(text)))
    return set(payload.get("KeyConditions") or ())


def _real(payload: dict[str, Any], names: list[str]) -> Iterator[str]:
    """Names with placeholders resolved."""
    placeholders = payload.get("ExpressionAttributeNames")
    known = placeholders if isinstance(placeholders, dict) else {}
    for name in names:
        yield known.get(name, name)
