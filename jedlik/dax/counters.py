"""Counts of a cluster's requests."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(slots=True)
class OperationCounters:
    """How often each operation was called, and with which outcome."""

    GetItem: int = 0
    BatchGetItem: int = 0
    BatchWriteItem: int = 0
    DeleteItem: int = 0
    PutItem: int = 0
    UpdateItem: int = 0
    TransactWriteItems: int = 0
    TransactGetItems: int = 0
    Query: int = 0
    Scan: int = 0
    errors: int = 0
    faults: int = 0
    throttled: int = 0

    def count(self, operation: str) -> None:
        """Count a call."""
        setattr(self, operation, getattr(self, operation) + 1)

    @property
    def total(self) -> int:
        """All requests for operations on items."""
        return sum(getattr(self, each.name) for each in fields(self) if each.name[0].isupper())
