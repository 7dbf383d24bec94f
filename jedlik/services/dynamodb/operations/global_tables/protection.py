"""DisassociationProtectionEnabled: whether a replica may leave its global table and become a table
by itself. It is on until it is turned off, separately in each region (API reference,
UpdateTable)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.tables.model import Table
from jedlik.services.dynamodb.tables.replicas import EVENTUAL, Replication

PROTECTION: Final = "DisassociationProtectionEnabled"

_NO_REPLICA: Final = (
    "{} is no replica of a global table with MultiRegionConsistency set to EVENTUAL."
)


def with_protection(table: Table, *, protected: bool) -> Table:
    """The table with the setting. Raises ValidationException if it has none."""
    return replace(table, replication=replace(eventual_replication(table), protected=protected))


def eventual_replication(table: Table) -> Replication:
    """The replication of a table that is eventually consistent over its regions. Raises
    ValidationException for any other."""
    replication = table.replication
    if replication is None or replication.consistency != EVENTUAL or replication.joining:
        raise ValidationException(_NO_REPLICA.format(table.name))
    return replication
