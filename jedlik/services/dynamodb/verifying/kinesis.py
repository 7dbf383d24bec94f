"""Checks of Kinesis destinations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson

from jedlik.kernel.findings import Report
from jedlik.kernel.keyspaces import DESTINATION_CHECKPOINTS, DESTINATIONS, ID_SIZE
from jedlik.services.dynamodb.kinesis.model import decode_destinations
from jedlik.services.dynamodb.streams.checkpoints import decode_checkpoints
from jedlik.storage.engine import Row

KEYSPACE: Final = DESTINATIONS[:1]
_KIND_SIZE: Final = len(DESTINATIONS)


class DestinationWalk:
    """Everything decodes, no table has two live destinations, every position belongs to one."""

    def __init__(self, found: Report) -> None:
        self._found = found
        self._known: set[str] = set()
        self._positions: set[str] = set()

    def rows(self, rows: Sequence[Row]) -> None:
        """Check the next rows."""
        for key, value in rows:
            try:
                self._row(key[:_KIND_SIZE], key[_KIND_SIZE:], value)
            except (orjson.JSONDecodeError, UnicodeDecodeError, TypeError, ValueError):
                self._found(f"Kinesis destinations key {key!r}", "does not decode")

    def _row(self, kind: bytes, rest: bytes, value: bytes) -> None:
        if kind == DESTINATION_CHECKPOINTS:
            decode_checkpoints(value)
            self._positions.add(rest.decode())
            return
        if kind != DESTINATIONS or len(rest) != ID_SIZE:
            raise ValueError("no kind that there is")
        table_id = int.from_bytes(rest, "big")
        known = decode_destinations(value)
        place = f"Kinesis destinations of table {table_id}"
        if sum(each.live for each in known) > 1:
            self._found(place, "more than one is at work")
        if any(each.table_id != table_id for each in known):
            self._found(place, "one of them is another table's")
        self._known.update(each.uuid for each in known)

    def end(self) -> None:
        """Compare what was read."""
        for uuid in self._positions - self._known:
            self._found(f"positions of Kinesis destination {uuid}", "there is no such destination")
