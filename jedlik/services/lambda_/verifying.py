"""How `verify` checks functions and event source mappings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson

from jedlik.kernel.findings import Report
from jedlik.kernel.keyspaces import (
    CHECKPOINTS,
    EVENT_SOURCE_MAPPINGS,
    FUNCTION_CODE,
    FUNCTIONS,
    MAPPINGS_VERSION,
    NUMBER_SIZE,
    PROCESSING_RESULTS,
)
from jedlik.services.dynamodb.streams.checkpoints import decode_checkpoints
from jedlik.services.lambda_.event_source_mappings import decode_mapping
from jedlik.services.lambda_.model import ZIP
from jedlik.services.lambda_.store import decode_function
from jedlik.storage.engine import Row

_KIND_SIZE: Final = len(FUNCTIONS)


class FunctionWalk:
    """All can be decoded, code belongs to a function, checkpoints and results to a mapping."""

    def __init__(self, found: Report) -> None:
        self._found = found
        self._named: set[bytes] = set()
        self._stored: set[bytes] = set()
        self._mappings: set[bytes] = set()
        self._of_mappings: set[bytes] = set()

    def rows(self, rows: Sequence[Row]) -> None:
        """Check the next rows."""
        for key, value in rows:
            try:
                self._row(key[:_KIND_SIZE], key[_KIND_SIZE:], value)
            except (orjson.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError):
                self._found(f"functions key {key!r}", "does not decode")

    def _row(self, kind: bytes, rest: bytes, value: bytes) -> None:
        if kind == FUNCTIONS:
            function = decode_function(value)
            if function.name.encode() != rest:
                self._found(f"function {rest!r}", f"is called {function.name} in its description")
            if function.code.kind == ZIP:
                self._named.add(function.code_id.encode())
        elif kind == FUNCTION_CODE:
            self._stored.add(rest)
        elif kind == EVENT_SOURCE_MAPPINGS:
            mapping = decode_mapping(value)
            if mapping.uuid.encode() != rest:
                self._found(f"event source mapping {rest!r}", "has another UUID in it")
            self._mappings.add(rest)
        elif kind == CHECKPOINTS:
            decode_checkpoints(value)
            self._of_mappings.add(rest)
        elif kind == PROCESSING_RESULTS:
            value.decode()
            self._of_mappings.add(rest)
        elif kind != MAPPINGS_VERSION or rest or len(value) != NUMBER_SIZE:
            raise ValueError("no kind that there is")

    def end(self) -> None:
        """Compare the rows seen."""
        for code in self._named - self._stored:
            self._found(f"function code {code!r}", "is not there")
        for code in self._stored - self._named:
            self._found(f"function code {code!r}", "belongs to no function")
        for mapping in self._of_mappings - self._mappings:
            self._found(f"checkpoints of {mapping!r}", "there is no such event source mapping")
