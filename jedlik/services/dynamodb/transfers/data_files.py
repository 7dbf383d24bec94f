"""Items and changes as the lines of data files, and data files compressed.

Developer guide, "DynamoDB table export output format".
"""

from __future__ import annotations

import gzip
import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

import orjson

from jedlik.services.dynamodb.transfers.ion import LINE_START, ion_item, ion_struct
from jedlik.storage.engine import Value
from jedlik.values.stored import decode, wire

DYNAMODB_JSON: Final = "DYNAMODB_JSON"
ION: Final = "ION"
NEW_AND_OLD_IMAGES: Final = "NEW_AND_OLD_IMAGES"
SUFFIXES: Final = {DYNAMODB_JSON: ".json.gz", ION: ".ion.gz"}


class Change(NamedTuple):
    """The change of one item in a window: stored bytes before and after, None if the item did not
    exist; `time` is that of the last change in it, in microseconds. `keyed` has the item's keys,
    which the others may lack."""

    time: int
    old: Value
    new: Value
    keyed: Value = None


class DataFile(NamedTuple):
    """A data file to be written, with the figures for its manifest."""

    content: bytes
    items: int
    md5: str
    etag: str


def item_line(form: str) -> Callable[[bytes], bytes]:
    """A function from an item's stored bytes to its line, in the format `form`."""
    return _ion_item_line if form == ION else _json_item_line


def _json_item_line(stored: bytes) -> bytes:
    return b'{"Item":' + wire(stored) + b"}\n"


def _ion_item_line(stored: bytes) -> bytes:
    return LINE_START + ion_struct({"Item": ion_item(decode(stored))}).encode() + b"\n"


def change_line(form: str, view: str, key_names: Sequence[str]) -> Callable[[Change], bytes]:
    """A function from a change to its line."""
    with_old = view == NEW_AND_OLD_IMAGES

    def images(change: Change) -> dict[str, bytes]:
        found = {}
        if change.old is not None and with_old:
            found["OldImage"] = change.old
        if change.new is not None:
            found["NewImage"] = change.new
        return found

    def keys(change: Change) -> dict[str, dict[str, str]]:
        item = decode(change.keyed or change.new or change.old or b"")
        return {name: item[name] for name in key_names}

    def json_line(change: Change) -> bytes:
        parts = b"".join(
            b',"%b":%b' % (name.encode(), wire(stored)) for name, stored in images(change).items()
        )
        return b'{"Metadata":{"WriteTimestampMicros":"%d"},"Keys":%b%b}\n' % (
            change.time,
            orjson.dumps(keys(change)),
            parts,
        )

    def ion_line(change: Change) -> bytes:
        record = {
            "Metadata": ion_struct({"WriteTimestampMicros": f"{change.time}."}),
            "Keys": ion_item(keys(change)),
            **{name: ion_item(decode(stored)) for name, stored in images(change).items()},
        }
        return LINE_START + ion_struct({"Record": ion_struct(record)}).encode() + b"\n"

    return ion_line if form == ION else json_line


def data_file(lines: Iterable[bytes]) -> DataFile:
    """The file of these lines. Takes long: not for the event loop's thread."""
    gathered = list(lines)
    # Without a time in the header the same lines always give the same bytes.
    content = gzip.compress(b"".join(gathered), compresslevel=5, mtime=0)
    digest = hashlib.md5(content, usedforsecurity=False)
    return DataFile(
        content, len(gathered), b64encode(digest.digest()).decode(), f"{digest.hexdigest()}-1"
    )
