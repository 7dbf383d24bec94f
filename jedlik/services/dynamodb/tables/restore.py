"""RestoreSummary in the description of a table that is being restored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Restore:
    """A restore under way, by its job; `moment` is in seconds since the epoch."""

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
    """A restore from the JSON that is kept with its table."""
    return None if data is None else Restore(**data)
