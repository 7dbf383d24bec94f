"""GlobalTableSettingsReplicationMode: whether a table offers its settings to other accounts.

It is for global tables over several accounts, which this server does not have. The setting is kept
and shown, as the service does for a table without replicas.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.tables.model import Table
from jedlik.services.dynamodb.tables.unavailable import unavailable

SETTINGS_MODE: Final = "GlobalTableSettingsReplicationMode"
_REGIONAL_MODES: Final = ("ENABLED", "DISABLED")


def with_settings_mode(table: Table, mode: str) -> Table:
    """The table with the mode. Raises ValidationException for one that no table can have."""
    if table.replication is not None:
        raise unavailable(f"{SETTINGS_MODE} of a table with replicas")
    if mode not in _REGIONAL_MODES:
        raise ValidationException(
            f"Value '{mode}' at '{SETTINGS_MODE}' failed to satisfy constraint: Only ENABLED and "
            "DISABLED settings replication are supported for a Regional Table."
        )
    return replace(table, settings={**table.settings, SETTINGS_MODE: mode})
