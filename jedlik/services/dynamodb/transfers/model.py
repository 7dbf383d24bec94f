"""Exports and imports as they are stored. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from jedlik.services.dynamodb.transfers.data_files import DYNAMODB_JSON, NEW_AND_OLD_IMAGES

IN_PROGRESS: Final = "IN_PROGRESS"
COMPLETED: Final = "COMPLETED"
FAILED: Final = "FAILED"
FULL_EXPORT: Final = "FULL_EXPORT"
INCREMENTAL_EXPORT: Final = "INCREMENTAL_EXPORT"
_SOME_FAILED: Final = (
    "Some of the items failed validation checks and were not imported. Please check CloudWatch "
    "error logs for more details."
)


@dataclass(frozen=True, slots=True)
class Export:
    """An export. `request` is in wire form; `key_names` are the table's.

    `moment` is ExportTime, or ExportToTime of an incremental one, whose ExportFromTime is
    `from_moment`. The items are first copied to the id `data_id` (see `dynamodb.backups`); `log` is
    the table's log. Times are in seconds since the epoch.
    """

    id: str
    table_name: str
    table_id: int
    table_uuid: str
    key_names: tuple[str, ...]
    data_id: int
    log: int
    request: Mapping[str, Any]
    start: float
    moment: float
    from_moment: float | None = None
    status: str = IN_PROGRESS
    end: float | None = None
    items: int = 0
    size: int = 0
    failure: dict[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """ExportType."""
        return FULL_EXPORT if self.from_moment is None else INCREMENTAL_EXPORT

    @property
    def form(self) -> str:
        """ExportFormat."""
        return str(self.request.get("ExportFormat") or DYNAMODB_JSON)

    @property
    def view(self) -> str:
        """ExportViewType."""
        given = self.request.get("IncrementalExportSpecification") or {}
        return str(given.get("ExportViewType") or NEW_AND_OLD_IMAGES)

    def encode(self) -> bytes:
        """As it is stored."""
        return orjson.dumps(self)


@dataclass(frozen=True, slots=True)
class Import:
    """An import. `request` is in wire form. Times are in seconds since the epoch. Counts are those
    of the completed objects; `failure` says how it will end while the indexes are still being
    built."""

    id: str
    table_name: str
    table_id: int
    table_uuid: str
    request: Mapping[str, Any]
    start: float
    status: str = IN_PROGRESS
    end: float | None = None
    processed: int = 0
    imported: int = 0
    errors: int = 0
    size: int = 0
    failure: dict[str, str] = field(default_factory=dict)

    def ended(self, now: float) -> Import:
        """The import once everything that could be imported is stored."""
        status, failure = (FAILED if self.failure else COMPLETED), self.failure
        if self.errors and not failure:
            status = FAILED
            failure = {"FailureCode": "ItemValidationError", "FailureMessage": _SOME_FAILED}
        return replace(self, status=status, failure=failure, end=now)

    def encode(self) -> bytes:
        """As it is stored."""
        return orjson.dumps(self)


def decode_import(stored: bytes) -> Import:
    """An import from its stored form."""
    return Import(**orjson.loads(stored))


def decode_export(stored: bytes) -> Export:
    """An export from its stored form."""
    data = orjson.loads(stored)
    return Export(**{**data, "key_names": tuple(data["key_names"])})
