"""StreamSpecification of CreateTable and UpdateTable.

API reference, "StreamSpecification": an enabled stream must have a view type, and a disabled one
must not; UpdateTable, StreamSpecification: enabling an enabled stream or disabling a missing one is
an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.streams.streams import StreamDraft
from jedlik.services.dynamodb.tables.model import Table


def check_at_creation(specification: Mapping[str, Any] | None) -> str | None:
    """The view type of a new table's stream; None: no stream."""
    return _checked(
        specification,
        without="Table is being created with a stream enabled, UpdateViewType is required",
        needless="Table is being created with a stream disabled, UpdateViewType should not be "
        "specified",
    )


def check_at_update(specification: Mapping[str, Any] | None) -> str | None:
    """The view type of the stream to enable; None: none is enabled."""
    return _checked(
        specification,
        without="If stream is being enabled then UpdateViewType is required",
        needless="If stream is being disabled, then UpdateViewType must not be specified",
    )


def _checked(specification: Mapping[str, Any] | None, *, without: str, needless: str) -> str | None:
    if specification is None:
        return None
    view: str | None = specification.get("StreamViewType")
    if specification["StreamEnabled"]:
        if view is None:
            raise ValidationException.of_values(without)
        return view
    if view is not None:
        raise ValidationException.of_values(needless)
    return None


def with_stream(
    draft: StreamDraft, table: Table, view_type: str | None, now: float, ready_at: float
) -> Table:
    """The table with a stream of that view enabled, or (None) with its stream disabled.

    Raises ValidationException if it has one already, or has none.
    """
    enabled = table.stream is not None and table.stream.closed_at is None
    if view_type is not None:
        if enabled:
            raise ValidationException(
                f"Table already has an enabled stream: TableName: {table.name}"
            )
        return draft.enable(table, view_type)
    if not enabled:
        raise ValidationException(f"Table has no stream to disable: TableName: {table.name}")
    return draft.disable(table, now, ready_at)


def check_stream_stays(table: Table, payload: Mapping[str, Any]) -> None:
    """Refuse to disable the stream of a table with replicas."""
    specification = payload.get("StreamSpecification")
    if (
        table.replication is not None
        and specification is not None
        and not specification["StreamEnabled"]
    ):
        raise ValidationException.of_values(
            "Disabling Stream is not allowed for a Global Table replica."
        )
