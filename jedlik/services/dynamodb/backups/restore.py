"""What a table's description says while the table is being restored: RestoreSummary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Restore:
    """A restore that is under way, by its job; `moment` is in seconds since the epoch."""

    job: str
    source_table_arn: str
    moment: float
    source_backup_arn: str | None = None

    @property
    def summary(self) -> dict[str, Any]:
        """RestoreSummary (API reference)."""
        backup = {"SourceBackupArn": self.source_backup_arn} if self.source_backup_arn else {}
        return {
            **backup,
            "SourceTableArn": self.source_table_arn,
            "RestoreDateTime": self.moment,
            "RestoreInProgress": True,
        }


def restore_from_json(data: dict[str, Any] | None) -> Restore | None:
    """What was written as JSON with its table."""
    return None if data is None else Restore(**data)
