"""Tags of tables: their rules and where they are kept.

Developer guide, "Tagging restrictions in DynamoDB": up to 50 tags, keys up to 128 and values up to
256 characters, none beginning with `aws:`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson

from jedlik.base.errors import ResourceNotFoundException, ValidationException
from jedlik.base.limits import MAX_TAG_KEY_SIZE, MAX_TAG_VALUE_SIZE, MAX_TAGS
from jedlik.database.catalog import Catalog, CatalogChanged, decode_table
from jedlik.database.keyspaces import table_key, tags_key
from jedlik.database.names import Names
from jedlik.database.throughput import INVALID
from jedlik.model.table import Table
from jedlik.storage.engine import Changes, Value

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


def tagged_table(names: Names, arn: str) -> str:
    """The name of the table that a ResourceArn means; ValidationException where it means none."""
    if not arn.startswith("arn:"):
        raise ValidationException(f"{INVALID}ARNs must start with 'arn:': {arn}")
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[2] != "dynamodb":
        raise ValidationException(f"{INVALID}Provided Arn is not a DynamoDB resource arn: {arn}")
    if "/index/" in parts[5]:
        raise ValidationException(
            f"{INVALID}Invalid resource arn provided, only table or stream is accepted. "
            f"Provided resource arn: {arn}"
        )
    name = names.resource_table(arn)
    if name is None:
        raise ValidationException(f"Invalid TableArn: Invalid ResourceArn provided as input {arn}")
    return name


async def find_tagged(catalog: Catalog, names: Names, arn: str) -> Table:
    """The table that a ResourceArn means, read afresh; ResourceNotFoundException without it."""
    name = tagged_table(names, arn)
    table = await catalog.current(name)
    if table is None:
        raise ResourceNotFoundException(
            f"Requested resource not found: ResourcArn: {arn} not found"
        )
    return table


class TagChange:
    """Write task: change a table's tags. CatalogChanged where the table is another one by now."""

    def __init__(self, table: Table, change: Callable[[Tags], Tags]) -> None:
        self._table = table
        self._change = change
        self.keys = (table_key(table.name), tags_key(table.id))

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        """See WriteTask."""
        stored, before = values
        if stored is None or decode_table(stored).id != self._table.id:
            raise CatalogChanged
        after = self._change(parse(before))
        check_count(after)
        return Changes({self.keys[1]: encode(after)}, None)
