"""Tags of tables: their rules and where they are kept.

Developer guide, "Tagging restrictions in DynamoDB": up to 50 tags, keys up to 128 and values up to
256 characters, none beginning with `aws:`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import orjson

from jedlik.base.errors import ValidationException
from jedlik.base.limits import MAX_TAG_KEY_SIZE, MAX_TAG_VALUE_SIZE, MAX_TAGS
from jedlik.storage.engine import Value

Tags = dict[str, str]

_FORBIDDEN = re.compile(r"[^\w\s.:/=+\-@]").search


def parse(stored: Value) -> Tags:
    """The tags in stored bytes; none where there is nothing."""
    tags: Tags = orjson.loads(stored) if stored else {}
    return tags


def encode(tags: Tags) -> Value:
    """Stored bytes of tags; None, which deletes, where there are none."""
    return orjson.dumps(tags) if tags else None


def checked(given: Iterable[dict[str, Any]]) -> Tags:
    """The Tags member of a request; ValidationException where a rule is broken."""
    tags: Tags = {}
    for tag in given:
        key, value = tag.get("Key"), tag.get("Value")
        check_key(key)
        if not isinstance(value, str) or len(value) > MAX_TAG_VALUE_SIZE or _FORBIDDEN(value):
            shown = "null" if value is None else value
            raise ValidationException(f"The Tag Value provided is invalid, Value: {shown}")
        if key in tags:
            raise ValidationException(
                f"Duplicate Tag Keys provided as input: Duplicate Tag Key found {key}"
            )
        tags[str(key)] = value
    check_count(tags)
    return tags


def check_key(key: str | None) -> None:
    """Refuse a tag key that is empty, too long or the service's own."""
    if not isinstance(key, str) or not 0 < len(key) <= MAX_TAG_KEY_SIZE or _FORBIDDEN(key):
        shown = "null" if key is None else key
        raise ValidationException(f"The Tag Key provided is invalid, Key: {shown}")
    if key.lower().startswith("aws:"):
        raise ValidationException(f"Tag Key cannot be prefixed with aws:, Key: {key}")


def check_count(tags: Iterable[str]) -> None:
    """Refuse more tags than a resource may have."""
    if len(list(tags)) > MAX_TAGS:
        raise ValidationException(
            "Number of Tags exceed the current limit for the provided ResourceArn"
        )
