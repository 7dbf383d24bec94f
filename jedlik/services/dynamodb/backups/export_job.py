"""The job that is due once the items of an export are copied; see `transfers.export_work`."""

from __future__ import annotations

from typing import Final

import orjson

from jedlik.kernel.due_work import Job

EXPORT: Final = "export"


def export_job(export_id: str, table_name: str, now: float) -> Job:
    """The job that writes an export whose items are copied."""
    cursor = {"table": table_name, "phase": "begin", "cursor": "", "files": 0}
    return Job(EXPORT, export_id, now, orjson.dumps({**cursor, "items": 0, "size": 0}))
