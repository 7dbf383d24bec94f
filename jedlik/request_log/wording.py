"""A request's operators on keys, and its expressions in readable form.

Operators come without values: `{"PK": "=", "SK": "begins_with"}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from itertools import islice
from typing import Any, Final

from jedlik.base.limits import MAX_EXPRESSION_SIZE
from jedlik.request_log.facts import Facts, statements
from jedlik.request_log.hints import KeysOf

_EXPRESSIONS: Final = (
    ("KeyConditionExpression", ""),
    ("UpdateExpression", ""),
    ("FilterExpression", "keep where "),
    ("ConditionExpression", "only if "),
    ("ProjectionExpression", "of it "),
)
MAX_LENGTH: Final = 1000
"""Characters of a text of a request, or names in it, that are used: thousands of entries are kept,
and their requests may come from unknown senders."""
_MAX_KEYS: Final = 8
"""Attributes of an index's keys: four of its partition key, four of its sort key."""
_BEGINS: Final = re.compile(r"[\s(]*begins_with\s*\(\s*([#\w.-]+)\s*,", re.IGNORECASE).match
_CLAUSE: Final = re.compile(r"[\s(]*([#\w.-]+)\s*(=|<=|>=|<|>|between\b)", re.IGNORECASE).match
_AND: Final = re.compile(r"\band\b", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(r"#[\w-]+")
_LITERAL: Final = re.compile(r"'(?:[^']|'')*(?:'|$)")
"""One that is cut off has no end, but is still a literal."""
_OLDER: Final = {
    "EQ": "=", "LT": "<", "LE": "<=", "GT": ">", "GE": ">=", "BEGINS_WITH": "begins_with",
    "BETWEEN": "between",
}  # fmt: skip
"""ComparisonOperator of KeyConditions (API reference, Condition)."""


def key_operators(facts: Facts, keys_of: KeysOf | None) -> dict[str, str] | None:
    """The operators on keys of a request for one item or of a Query; None if not known.

    In an item that is put, `keys_of` the table tells the key attributes.
    """
    payload = facts.payload
    key, item = payload.get("Key"), payload.get("Item")
    if isinstance(key, Mapping):
        return {str(name)[:MAX_LENGTH]: "=" for name in islice(key, _MAX_KEYS)}
    if isinstance(item, Mapping):
        known = keys_of(facts.tables[0]) if keys_of is not None and facts.tables else []
        names = [name for each in known[:1] for name in (*each.partition, *each.sort)]
        return dict.fromkeys(names, "=") or None
    text = payload.get("KeyConditionExpression")
    if isinstance(text, str):
        return _of_expression(text[:MAX_EXPRESSION_SIZE], _names(payload))
    older = payload.get("KeyConditions")
    if isinstance(older, Mapping):
        return {
            str(name)[:MAX_LENGTH]: _OLDER.get(str(condition.get("ComparisonOperator")), "=")
            for name, condition in islice(older.items(), _MAX_KEYS)
            if isinstance(condition, Mapping)
        }
    return None


def _of_expression(text: str, names: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for clause in _AND.split(text, 2 * _MAX_KEYS):
        begins, other = _BEGINS(clause), _CLAUSE(clause)
        if begins is not None:
            found[_name(names, begins[1])] = "begins_with"
        elif other is not None:  # else the second operand of a BETWEEN
            found[_name(names, other[1])] = other[2].lower()
    return found


def expressions(payload: Mapping[str, Any]) -> str | None:
    """The expressions of a request with its names inserted, or its PartiQL statements without
    string literals; None if it has neither."""
    names = _names(payload)
    said = [
        lead + _PLACEHOLDER.sub(lambda found: _name(names, found[0]), text[:MAX_LENGTH])
        for name, lead in _EXPRESSIONS
        if isinstance(text := payload.get(name), str)
    ]
    with suppress(KeyError, TypeError):  # if it is malformed
        texts = islice(statements(dict(payload)), MAX_LENGTH)
        said += [_LITERAL.sub("'...'", each[:MAX_LENGTH]) for each in texts]
    return "; ".join(said)[:MAX_LENGTH] or None


def _name(names: Mapping[str, Any], placeholder: str) -> str:
    return str(names.get(placeholder, placeholder))[:MAX_LENGTH]


def _names(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    found = payload.get("ExpressionAttributeNames")
    return found if isinstance(found, Mapping) else {}
