"""Keys of backups, exports, imports, bulk operations and change logs: all of keyspace 0F.

They are drawn in `keyspaces`. Each service folder that needs one of them takes it from here.
"""

from __future__ import annotations

from jedlik.kernel.keyspaces import (
    BACKUP_JOBS,
    BACKUPS,
    BULK_OPERATIONS,
    BULK_REPORTS,
    CHANGES,
    EXPORTED_FILES,
    EXPORTS,
    HOLDS,
    ID_SIZE,
    IMPORTS,
    LAST_CHANGES,
)


def backup_key(backup_id: str, table_name: str) -> bytes:
    """The key of a backup; without a table's name, its prefix."""
    return BACKUPS + backup_id.encode() + table_name.encode()


def export_key(export_id: str, table_name: str) -> bytes:
    """The key of an export."""
    return EXPORTS + export_id.encode() + table_name.encode()


def import_key(import_id: str, table_name: str) -> bytes:
    """The key of an import."""
    return IMPORTS + import_id.encode() + table_name.encode()


def bulk_operation_key(operation_id: str, table_name: str) -> bytes:
    """The key of a bulk operation."""
    return BULK_OPERATIONS + operation_id.encode() + table_name.encode()


def table_reports_prefix(table_id: int) -> bytes:
    """The prefix of report lines of all bulk operations on a table."""
    return BULK_REPORTS + table_id.to_bytes(ID_SIZE, "big")


def report_prefix(table_id: int, operation_id: str) -> bytes:
    """The prefix of a bulk operation's report lines."""
    return table_reports_prefix(table_id) + operation_id.encode()


def exported_files_prefix(data_id: int) -> bytes:
    """The prefix of the records of an export's data files."""
    return EXPORTED_FILES + data_id.to_bytes(ID_SIZE, "big")


def backup_job_key(job_id: str) -> bytes:
    """The key of a backup or restore under way."""
    return BACKUP_JOBS + job_id.encode()


def hold_key(table_id: int) -> bytes:
    """The key of the note of who needs the rows under an id."""
    return HOLDS + table_id.to_bytes(ID_SIZE, "big")


def table_changes_prefix(table_id: int) -> bytes:
    """The prefix of all change logs of a table."""
    return CHANGES + table_id.to_bytes(ID_SIZE, "big")


def changes_prefix(table_id: int, log_id: int) -> bytes:
    """The prefix of a change log."""
    return table_changes_prefix(table_id) + log_id.to_bytes(ID_SIZE, "big")


def table_last_changes_prefix(table_id: int) -> bytes:
    """The prefix of the last changes of all change logs of a table."""
    return LAST_CHANGES + table_id.to_bytes(ID_SIZE, "big")


def last_changes_prefix(table_id: int, log_id: int) -> bytes:
    """The prefix of the last changes of a change log."""
    return table_last_changes_prefix(table_id) + log_id.to_bytes(ID_SIZE, "big")
