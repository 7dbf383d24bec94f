"""Which operations there are. Those of the service that are not here are not built yet."""

from __future__ import annotations

from jedlik.operations.operation import Operation

OPERATIONS: dict[str, Operation] = {}
