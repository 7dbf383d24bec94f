"""Messages between servers as JSON.

An item is sent as its own JSON and read like one from a client: checked and brought to its
canonical form, with its key and size computed from it. For a deletion the key's stored bytes are
sent, since nothing else is left of the item.

    greeting   {"region", "table", "log": [incarnation, id], "begin": [...], "last": [...], "clock"}
    welcome    {"region", "log", "position": [...] or null, "at", "clock"}
    batch      {"region", "table", "log", "span": [[...], [...]] or null, "complete",
                "changes": [[time, region, item], [time, region, null, key in base64], ...]}
    receipt    {"applied", "clock"}
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Generator, Sequence
from typing import Any, Final, TypeVar

import orjson

from jedlik.base.errors import ValidationException
from jedlik.base.limits import MAX_PARTITION_KEY_SIZE, MAX_SORT_KEY_SIZE
from jedlik.kernel.keyspaces import INDEX_PREFIX_SIZE
from jedlik.kernel.realms import is_region
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.recording.replication_log import LOG_SHARDS, Position
from jedlik.services.dynamodb.recording.versions import Version
from jedlik.services.dynamodb.regions.messages import (
    Batch,
    Change,
    Greeting,
    Log,
    Receipt,
    Span,
    Welcome,
)
from jedlik.values.canonical import canonical_item
from jedlik.values.image import Image
from jedlik.values.keybytes import HASH_SIZE
from jedlik.values.stored import wire

_TOO_LARGE: Final = 1 << 63
"""Times and numbers must be less."""
_LATEST: Final = 1 << 62
"""Times of changes must be less, so that later writes can have later times."""
MAX_CHANGES: Final = 4096
"""In a batch: four times what a server sends, so that later ones may send more."""
_MAX_TEXT_SIZE: Final = 255
"""Characters of names, and of what is stored of a log's."""
_MAX_KEY_SIZE: Final = HASH_SIZE + max(MAX_PARTITION_KEY_SIZE, MAX_SORT_KEY_SIZE)

MessageT = TypeVar("MessageT")


def _checked(read: Callable[[dict[str, Any]], MessageT]) -> Callable[[Any], MessageT]:
    """A reader that raises ValidationException for anything but such a message."""

    def checked(data: Any) -> MessageT:
        try:
            return read(data)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise ValidationException(f"This is not a message of replication: {error!r}") from None

    return checked


def _text(value: Any) -> str:
    if type(value) is not str or not 0 < len(value) <= _MAX_TEXT_SIZE:
        raise ValueError("a text is missing")
    return value


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value < _TOO_LARGE:
        raise ValueError("a number is missing")
    return value


def _position(value: Any) -> Position:
    if len(value) != LOG_SHARDS:
        raise ValueError("a position has a number for each shard")
    return tuple(map(_number, value))


def _log(value: Any) -> Log:
    incarnation, log_id = value
    return Log(_text(incarnation), _number(log_id))


def greeting_json(greeting: Greeting) -> dict[str, Any]:
    """A greeting as it is sent."""
    return {**greeting._asdict(), "log": list(greeting.log)}


@_checked
def read_greeting(data: dict[str, Any]) -> Greeting:
    """A greeting as it came."""
    return Greeting(
        _text(data["region"]),
        _text(data["table"]),
        _log(data["log"]),
        _position(data["begin"]),
        _position(data["last"]),
        _number(data["clock"]),
    )


def welcome_json(welcome: Welcome) -> dict[str, Any]:
    """A welcome as it is sent."""
    return {**welcome._asdict(), "log": list(welcome.log)}


@_checked
def read_welcome(data: dict[str, Any]) -> Welcome:
    """A welcome as it came."""
    position = data["position"]
    return Welcome(
        _text(data["region"]),
        _log(data["log"]),
        None if position is None else _position(position),
        _number(data["at"]),
        _number(data["clock"]),
    )


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """A receipt as it is sent."""
    return receipt._asdict()


@_checked
def read_receipt(data: dict[str, Any]) -> Receipt:
    """A receipt as it came."""
    return Receipt(_number(data["applied"]), _number(data["clock"]))


def batch_json(batch: Batch) -> dict[str, Any]:
    """A batch as it is sent."""
    span = batch.span
    return {
        "region": batch.region,
        "table": batch.table,
        "log": list(batch.log),
        "span": None if span is None else list(span),
        "complete": batch.complete_at,
        "changes": list(map(_change_json, batch.changes)),
    }


def _change_json(change: Change) -> list[Any]:
    time, region = change.version
    if change.stored is None:
        return [time, region, None, b64encode(change.item).decode("ascii")]
    return [time, region, orjson.Fragment(wire(change.stored))]


@_checked
def read_batch(data: dict[str, Any]) -> Batch:
    """A batch as it came, without its changes, which need its table (see `read_changes`)."""
    span = data["span"]
    if type(data["changes"]) is not list:
        raise ValueError("changes are a list")
    return Batch(
        _text(data["region"]),
        _text(data["table"]),
        _log(data["log"]),
        None if span is None else Span(*map(_position, span)),
        [],
        _number(data["complete"]),
    )


def read_changes(table: OpenTable, changes: Sequence[Any]) -> Generator[None, None, list[Change]]:
    """The changes of a batch, for `in_turns`. Raises ValidationException."""
    if len(changes) > MAX_CHANGES:
        raise ValidationException(f"A batch has up to {MAX_CHANGES} changes")
    read = []
    for change in changes:
        read.append(_read_change(change, table))
        yield  # an item may have a hundred thousand tiny values
    if len({change.item for change in read}) < len(read):
        raise ValidationException("A batch has one change of an item")
    return read


def _read_change(change: Any, table: OpenTable) -> Change:
    try:
        time, region, item, *rest = change
        # An item from before its table had replicas has no region.
        if type(region) is not str or (region and not is_region(region)):
            raise ValueError("a region is missing")
        if _number(time) >= _LATEST:
            raise ValueError("a time is missing")
        version = Version(time, region)
        if item is None:
            key = b64decode(rest[0], validate=True)
            if not HASH_SIZE <= len(key) <= _MAX_KEY_SIZE:
                raise ValueError("a key is missing")
            return Change(key, version, None)
        image = Image.of(item, canonical_item(item))
        return Change(table.key_of_item(item)[INDEX_PREFIX_SIZE:], version, image.stored)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise ValidationException(f"This is not a change of an item: {error!r}") from None
