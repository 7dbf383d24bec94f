"""Bulk operations as they are stored. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

IN_PROGRESS: Final = "IN_PROGRESS"
COMPLETED: Final = "COMPLETED"
COMPLETED_WITH_ERRORS: Final = "COMPLETED_WITH_ERRORS"
CANCELLING: Final = "CANCELLING"
CANCELLED: Final = "CANCELLED"
FAILED: Final = "FAILED"
GOING_ON: Final = frozenset((IN_PROGRESS, CANCELLING))


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """A bulk put. `request` is in wire form.

    `processed` counts all lines, `failed` those that could not be read or were invalid, `unmet`
    those whose condition was false. `read` is the bytes of completed objects, `total` those of all,
    once known. `table_bytes` and `index_bytes` are the sizes of the puts. `reported` numbers the
    lines of the report, of which those from `filed` on are not in a file yet (`unfiled_bytes` of
    them); `files` are its files: type, key, lines. Times are in seconds since the epoch.
    """

    id: str
    table_name: str
    table_id: int
    table_uuid: str
    request: Mapping[str, Any]
    start: float
    status: str = IN_PROGRESS
    end: float | None = None
    processed: int = 0
    failed: int = 0
    unmet: int = 0
    read: int = 0
    total: int | None = None
    table_bytes: int = 0
    index_bytes: dict[str, int] = field(default_factory=dict)
    reported: int = 0
    filed: int = 0
    unfiled_bytes: int = 0
    files: tuple[tuple[str, str, int], ...] = ()
    failure: dict[str, str] = field(default_factory=dict)

    @property
    def output_types(self) -> tuple[str, ...]:
        """OutputType: which lines are reported."""
        return tuple(self.request["OutputS3Configuration"]["OutputType"])

    def encode(self) -> bytes:
        """As it is stored."""
        return orjson.dumps(self)


def decode_bulk_operation(stored: bytes) -> BulkOperation:
    """A bulk operation from its stored form."""
    data = orjson.loads(stored)
    return BulkOperation(**{**data, "files": tuple(map(tuple, data["files"]))})
